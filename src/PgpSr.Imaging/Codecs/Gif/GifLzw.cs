namespace PgpSr.Imaging.Codecs.Gif;

/// <summary>GIF's LZW (GIF89a specification, appendix F): codes of growing length, lowest bit first, in blocks of up to 255 bytes.</summary>
static class GifLzw
{
    const int MaxBits = 12, MaxCodes = 1 << MaxBits;

    /// <summary>Decodes to palette indices; answers how many there were, at most as many as fit.</summary>
    /// <param name="blocks">Blocks, each after its length, and a length of zero.</param>
    /// <param name="rootBits">Bits of an index, the byte before the blocks.</param>
    /// <param name="destination">Filled from the start.</param>
    public static int Decode(ReadOnlySpan<byte> blocks, int rootBits, Span<byte> destination)
    {
        if (rootBits is < 1 or > 8) Throw.Codec($"the LZW codes begin with {rootBits} bits instead of 1 to 8; the file is damaged");
        Span<ushort> prefix = new ushort[MaxCodes];
        Span<byte> last = new byte[MaxCodes], first = new byte[MaxCodes];
        Span<ushort> lengths = new ushort[MaxCodes];
        int clear = 1 << rootBits, end = clear + 1;
        for (int i = 0; i < clear; i++) (first[i], last[i], lengths[i]) = ((byte)i, (byte)i, 1);

        // A first clear code is asked for by the standard and left out by some writers.
        int next = end + 1, bits = rootBits + 1, previous = -1, written = 0;
        int held = 0, heldBits = 0, block = 0, left = 0;
        while (written < destination.Length)
        {
            while (heldBits < bits)
            {
                if (left == 0)
                {
                    if (block >= blocks.Length || (left = blocks[block++]) == 0) return written;
                }
                if (block >= blocks.Length) return written;
                held |= blocks[block++] << heldBits;
                heldBits += 8;
                left--;
            }
            int code = held & ((1 << bits) - 1);
            held >>= bits;
            heldBits -= bits;
            if (code == clear)
            {
                (next, bits, previous) = (end + 1, rootBits + 1, -1);
                continue;
            }
            if (code == end) return written;
            if (code > next || (code == next && previous < 0) || (code > end && previous < 0))
                Throw.Codec($"the compressed pixels are damaged: LZW code {code} where at most {next} is defined");
            if (previous >= 0 && next < MaxCodes)
            {
                prefix[next] = (ushort)previous;
                first[next] = first[previous];
                last[next] = code == next ? first[previous] : first[code];
                lengths[next] = (ushort)(lengths[previous] + 1);
                next++;
                if (next == 1 << bits && bits < MaxBits) bits++;
            }
            else if (code == next)
            {
                Throw.Codec($"the compressed pixels are damaged: LZW code {code} where at most {next - 1} is defined");
            }
            // Strings are chains from their last index to their first; those past the picture's end are cut.
            int length = lengths[code];
            int at = code;
            for (int i = written + length - 1; i >= written; i--, at = prefix[at])
                if (i < destination.Length) destination[i] = last[at];
            written = Math.Min(destination.Length, written + length);
            previous = code;
        }
        return written;
    }
}
