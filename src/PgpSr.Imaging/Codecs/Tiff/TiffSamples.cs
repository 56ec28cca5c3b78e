using System.Runtime.InteropServices;

namespace PgpSr.Imaging.Codecs.Tiff;

/// <summary>From stored rows to whole samples of 8 or 16 bits, interleaved.</summary>
static class TiffSamples
{
    /// <summary>Samples of any depth to whole bytes or words; values stay as they are.</summary>
    /// <param name="packed">A row, highest bits first; 16-bit samples in the machine's order.</param>
    /// <param name="bits">Of a sample, 1 to 16.</param>
    /// <param name="samples">A byte each up to 8 bits, else two.</param>
    public static void Unpack(ReadOnlySpan<byte> packed, int bits, Span<byte> samples)
    {
        if (bits is 8 or 16)
        {
            packed[..samples.Length].CopyTo(samples);
            return;
        }
        Span<ushort> words = MemoryMarshal.Cast<byte, ushort>(samples);
        int count = bits < 8 ? samples.Length : words.Length, held = 0, heldBits = 0, at = 0;
        for (int i = 0; i < count; i++)
        {
            for (; heldBits < bits; heldBits += 8) held = ((held & 0xFFFF) << 8) | packed[at++];
            heldBits -= bits;
            int value = (held >> heldBits) & ((1 << bits) - 1);
            if (bits < 8) samples[i] = (byte)value;
            else words[i] = (ushort)value;
        }
    }

    public static void Interleave(ReadOnlySpan<byte> plane, int channel, int channels, int sampleLength, Span<byte> destination)
    {
        if (sampleLength == 1)
        {
            for (int i = 0, to = channel; i < plane.Length && to < destination.Length; i++, to += channels) destination[to] = plane[i];
            return;
        }
        ReadOnlySpan<ushort> from = MemoryMarshal.Cast<byte, ushort>(plane);
        Span<ushort> words = MemoryMarshal.Cast<byte, ushort>(destination);
        for (int i = 0, to = channel; i < from.Length && to < words.Length; i++, to += channels) words[to] = from[i];
    }
}
