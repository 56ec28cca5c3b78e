namespace PgpSr.Imaging.Codecs.Png;

/// <summary>Adler-32 (RFC 1950, 8.2).</summary>
static class Adler32
{
    const uint Modulus = 65521;

    // RFC 1950's sample: the most bytes whose sums cannot overflow 32 bits.
    const int Chunk = 5552;

    public static uint Compute(ReadOnlySpan<byte> data)
    {
        uint a = 1, b = 0;
        while (!data.IsEmpty)
        {
            ReadOnlySpan<byte> part = data[..Math.Min(Chunk, data.Length)];
            foreach (byte x in part)
            {
                a += x;
                b += a;
            }
            a %= Modulus;
            b %= Modulus;
            data = data[part.Length..];
        }
        return (b << 16) | a;
    }

    /// <summary>The sum of two pieces one after the other: a adds up less the second piece's initial 1, b gains the first piece's a per byte of the
    /// second.</summary>
    public static uint Combine(uint first, uint second, long secondLength)
    {
        ulong a1 = first & 0xFFFF, b1 = first >> 16, a2 = second & 0xFFFF, b2 = second >> 16, n = (ulong)(secondLength % Modulus);
        ulong a = (a1 + a2 + Modulus - 1) % Modulus;
        ulong b = (b1 + b2 + n * a1 + (Modulus - n)) % Modulus;
        return (uint)((b << 16) | a);
    }
}
