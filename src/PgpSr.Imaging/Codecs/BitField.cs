using System.Numerics;

namespace PgpSr.Imaging.Codecs;

/// <summary>One channel of a pixel that is a little-endian number: the bits of a mask, brought to 0..255.</summary>
readonly struct BitField
{
    readonly uint _mask;
    readonly int _shift;
    readonly ulong _largest;

    /// <exception cref="CodecException">The mask's bits do not follow each other.</exception>
    public BitField(uint mask)
    {
        _mask = mask;
        _shift = mask == 0 ? 0 : BitOperations.TrailingZeroCount(mask);
        _largest = mask >> _shift;
        if ((_largest & (_largest + 1)) != 0) Throw.Codec($"the bit mask 0x{mask:X8} has gaps; the file is damaged");
    }

    public bool IsEmpty => _mask == 0;

    /// <summary>The channel's value, rounded to the nearest of 255 steps; 0 where the mask is empty.</summary>
    public byte Of(uint pixel) => _mask == 0 ? (byte)0 : (byte)((((pixel & _mask) >> _shift) * 255UL + _largest / 2) / _largest);
}
