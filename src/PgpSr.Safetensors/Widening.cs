using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace PgpSr.Safetensors;

/// <summary>Converts the format's element types to single precision.</summary>
static class Widening
{
    static readonly float[] s_float8E5M2 = Table(exponentBits: 5, bias: 15, Specials.Ieee);
    static readonly float[] s_float8E4M3 = Table(exponentBits: 4, bias: 7, Specials.AllOnesIsNaN);
    static readonly float[] s_float8E5M2Fnuz = Table(exponentBits: 5, bias: 16, Specials.NegativeZeroIsNaN);
    static readonly float[] s_float8E4M3Fnuz = Table(exponentBits: 4, bias: 8, Specials.NegativeZeroIsNaN);

    enum Specials
    {
        Ieee,
        AllOnesIsNaN,
        NegativeZeroIsNaN,
    }

    /// <param name="source">Little-endian elements, as many as <paramref name="destination"/> has.</param>
    /// <param name="dtype">Their type: one that fills whole bytes and is real.</param>
    /// <param name="destination">The same numbers as singles.</param>
    public static void ToSingle(ReadOnlySpan<byte> source, SafetensorsDType dtype, Span<float> destination)
    {
        switch (dtype)
        {
            case SafetensorsDType.Bool:
                for (var i = 0; i < destination.Length; i++) destination[i] = source[i] == 0 ? 0 : 1;
                break;
            case SafetensorsDType.UInt8:
                for (var i = 0; i < destination.Length; i++) destination[i] = source[i];
                break;
            case SafetensorsDType.Int8:
                for (var i = 0; i < destination.Length; i++) destination[i] = (sbyte)source[i];
                break;
            case SafetensorsDType.Float8E5M2:
                Look(source, s_float8E5M2, destination);
                break;
            case SafetensorsDType.Float8E4M3:
                Look(source, s_float8E4M3, destination);
                break;
            case SafetensorsDType.Float8E5M2Fnuz:
                Look(source, s_float8E5M2Fnuz, destination);
                break;
            case SafetensorsDType.Float8E4M3Fnuz:
                Look(source, s_float8E4M3Fnuz, destination);
                break;
            case SafetensorsDType.Float8E8M0:
                // A bare exponent: 2^(x - 127), and 255 is NaN. 2^-127 is a subnormal single.
                for (var i = 0; i < destination.Length; i++) destination[i] = source[i] == 255 ? float.NaN : float.ScaleB(1, source[i] - 127);
                break;
            case SafetensorsDType.Int16:
                for (var i = 0; i < destination.Length; i++) destination[i] = BinaryPrimitives.ReadInt16LittleEndian(source[(2 * i)..]);
                break;
            case SafetensorsDType.UInt16:
                for (var i = 0; i < destination.Length; i++) destination[i] = BinaryPrimitives.ReadUInt16LittleEndian(source[(2 * i)..]);
                break;
            case SafetensorsDType.Float16:
                Half(source, destination);
                break;
            case SafetensorsDType.BFloat16:
                BFloat16(source, destination);
                break;
            case SafetensorsDType.Int32:
                for (var i = 0; i < destination.Length; i++) destination[i] = BinaryPrimitives.ReadInt32LittleEndian(source[(4 * i)..]);
                break;
            case SafetensorsDType.UInt32:
                for (var i = 0; i < destination.Length; i++) destination[i] = BinaryPrimitives.ReadUInt32LittleEndian(source[(4 * i)..]);
                break;
            case SafetensorsDType.Float32 when BitConverter.IsLittleEndian:
                source.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case SafetensorsDType.Float32:
                for (var i = 0; i < destination.Length; i++) destination[i] = BinaryPrimitives.ReadSingleLittleEndian(source[(4 * i)..]);
                break;
            case SafetensorsDType.Float64:
                for (var i = 0; i < destination.Length; i++) destination[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(source[(8 * i)..]);
                break;
            case SafetensorsDType.Int64:
                for (var i = 0; i < destination.Length; i++) destination[i] = BinaryPrimitives.ReadInt64LittleEndian(source[(8 * i)..]);
                break;
            case SafetensorsDType.UInt64:
                for (var i = 0; i < destination.Length; i++) destination[i] = BinaryPrimitives.ReadUInt64LittleEndian(source[(8 * i)..]);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "The dtype has no defined value for a single element.");
        }
    }

    static void Look(ReadOnlySpan<byte> source, float[] table, Span<float> destination)
    {
        for (var i = 0; i < destination.Length; i++) destination[i] = table[source[i]];
    }

    // Moves exponent and mantissa into a single's place and multiplies by 2^(127-15): exact for normal and subnormal halves alike. The largest
    // exponent is infinity or NaN in both, so it is set to all ones. One vector of halves makes two of singles; the tail goes through the runtime's
    // conversion.
    static void Half(ReadOnlySpan<byte> source, Span<float> destination)
    {
        var i = 0;
        if (BitConverter.IsLittleEndian)
        {
            for (; i <= destination.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
            {
                Vector.Widen(new Vector<ushort>(source[(2 * i)..]), out var low, out var high);
                Half(low).CopyTo(destination[i..]);
                Half(high).CopyTo(destination[(i + Vector<float>.Count)..]);
            }
        }

        for (; i < destination.Length; i++) destination[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(source[(2 * i)..]);
    }

    static Vector<float> Half(Vector<uint> half)
    {
        var magnitude = half & new Vector<uint>(0x7fff);
        var scaled = Vector.AsVectorUInt32(Vector.AsVectorSingle(magnitude << 13) * new Vector<float>(5.192296858534828e33f)); // 2^112
        var special = Vector.GreaterThanOrEqual(magnitude, new Vector<uint>(0x7c00)) & new Vector<uint>(0x7f800000);
        var sign = (half & new Vector<uint>(0x8000)) << 16;
        return Vector.AsVectorSingle(scaled | special | sign);
    }

    static void BFloat16(ReadOnlySpan<byte> source, Span<float> destination)
    {
        var i = 0;
        if (BitConverter.IsLittleEndian)
        {
            for (; i <= destination.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
            {
                Vector.Widen(new Vector<ushort>(source[(2 * i)..]), out var low, out var high);
                Vector.AsVectorSingle(low << 16).CopyTo(destination[i..]);
                Vector.AsVectorSingle(high << 16).CopyTo(destination[(i + Vector<float>.Count)..]);
            }
        }

        for (; i < destination.Length; i++)
            destination[i] = BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(source[(2 * i)..]) << 16);
    }

    // Sign, exponent, mantissa as in Micikevicius et al. 2022 ("FP8 Formats for Deep Learning", table 1) and, for the FNUZ pair, Noune et al. 2022.
    static float[] Table(int exponentBits, int bias, Specials specials)
    {
        var mantissaBits = 7 - exponentBits;
        var table = new float[256];
        for (var code = 0; code < 256; code++)
        {
            var exponent = (code & 0x7f) >> mantissaBits;
            var mantissa = code & ((1 << mantissaBits) - 1);
            var magnitude = exponent == 0
                ? float.ScaleB(mantissa, 1 - bias - mantissaBits)
                : float.ScaleB((1 << mantissaBits) + mantissa, exponent - bias - mantissaBits);
            if (specials == Specials.Ieee && exponent == (1 << exponentBits) - 1) magnitude = mantissa == 0 ? float.PositiveInfinity : float.NaN;
            if (specials == Specials.AllOnesIsNaN && (code & 0x7f) == 0x7f) magnitude = float.NaN;
            if (specials == Specials.NegativeZeroIsNaN && code == 0x80) magnitude = float.NaN;
            table[code] = code < 0x80 ? magnitude : -magnitude;
        }

        return table;
    }
}
