namespace PgpSr.Safetensors.Tests;

public sealed class WideningTests
{
    [Fact]
    public void Every_half_widens_as_the_runtime_widens_it()
    {
        var values = Widen(SafetensorsDType.Float16, [.. Enumerable.Range(0, 65536).SelectMany(i => BitConverter.GetBytes((ushort)i))]);
        for (var i = 0; i < 65536; i++)
        {
            var expected = (float)BitConverter.UInt16BitsToHalf((ushort)i);
            if (float.IsNaN(expected)) Assert.True(float.IsNaN(values[i]), $"{i:x4}");
            else Assert.Equal(BitConverter.SingleToUInt32Bits(expected), BitConverter.SingleToUInt32Bits(values[i]));
        }
    }

    [Fact]
    public void Every_bfloat_is_the_upper_half_of_its_single()
    {
        var values = Widen(SafetensorsDType.BFloat16, [.. Enumerable.Range(0, 65536).SelectMany(i => BitConverter.GetBytes((ushort)i))]);
        for (var i = 0; i < 65536; i++) Assert.Equal((uint)i << 16, BitConverter.SingleToUInt32Bits(values[i]));
    }

    [Theory]
    [InlineData(SafetensorsDType.Float16)]
    [InlineData(SafetensorsDType.BFloat16)]
    public void Vectors_and_tails_agree_at_every_length(SafetensorsDType dtype)
    {
        var random = new Random(5);
        var bytes = new byte[2 * 130];
        random.NextBytes(bytes);
        // No NaN: quiet and signalling ones may differ.
        for (var i = 1; i < bytes.Length; i += 2) bytes[i] &= 0xbb;
        var all = Widen(dtype, bytes);
        for (var length = 0; length <= 130; length++) Assert.Equal(all[..length], Widen(dtype, bytes[..(2 * length)]));
    }

    // Code, value: the corners of table 1 of Micikevicius et al. 2022, and of the FNUZ pair (Noune et al. 2022).
    [Theory]
    [InlineData(SafetensorsDType.Float8E4M3, 0x00, 0f)]
    [InlineData(SafetensorsDType.Float8E4M3, 0x80, -0f)]
    [InlineData(SafetensorsDType.Float8E4M3, 0x01, 0.001953125f)]
    [InlineData(SafetensorsDType.Float8E4M3, 0x07, 0.013671875f)]
    [InlineData(SafetensorsDType.Float8E4M3, 0x08, 0.015625f)]
    [InlineData(SafetensorsDType.Float8E4M3, 0x38, 1f)]
    [InlineData(SafetensorsDType.Float8E4M3, 0x7e, 448f)]
    [InlineData(SafetensorsDType.Float8E4M3, 0xfe, -448f)]
    [InlineData(SafetensorsDType.Float8E4M3, 0x7f, float.NaN)]
    [InlineData(SafetensorsDType.Float8E4M3, 0xff, float.NaN)]
    [InlineData(SafetensorsDType.Float8E5M2, 0x01, 1.52587890625e-5f)]
    [InlineData(SafetensorsDType.Float8E5M2, 0x03, 4.57763671875e-5f)]
    [InlineData(SafetensorsDType.Float8E5M2, 0x04, 6.103515625e-5f)]
    [InlineData(SafetensorsDType.Float8E5M2, 0x3c, 1f)]
    [InlineData(SafetensorsDType.Float8E5M2, 0x7b, 57344f)]
    [InlineData(SafetensorsDType.Float8E5M2, 0x7c, float.PositiveInfinity)]
    [InlineData(SafetensorsDType.Float8E5M2, 0xfc, float.NegativeInfinity)]
    [InlineData(SafetensorsDType.Float8E5M2, 0x7d, float.NaN)]
    [InlineData(SafetensorsDType.Float8E4M3Fnuz, 0x40, 1f)]
    [InlineData(SafetensorsDType.Float8E4M3Fnuz, 0x7f, 240f)]
    [InlineData(SafetensorsDType.Float8E4M3Fnuz, 0x80, float.NaN)]
    [InlineData(SafetensorsDType.Float8E4M3Fnuz, 0x01, 0.0009765625f)]
    [InlineData(SafetensorsDType.Float8E5M2Fnuz, 0x40, 1f)]
    [InlineData(SafetensorsDType.Float8E5M2Fnuz, 0x7f, 57344f)]
    [InlineData(SafetensorsDType.Float8E5M2Fnuz, 0x80, float.NaN)]
    [InlineData(SafetensorsDType.Float8E8M0, 0x7f, 1f)]
    [InlineData(SafetensorsDType.Float8E8M0, 0x80, 2f)]
    [InlineData(SafetensorsDType.Float8E8M0, 0x00, 5.877471754111438e-39f)]
    [InlineData(SafetensorsDType.Float8E8M0, 0xfe, 1.7014118346046923e38f)]
    [InlineData(SafetensorsDType.Float8E8M0, 0xff, float.NaN)]
    public void Eight_bit_floats_have_their_published_corners(SafetensorsDType dtype, int code, float expected) =>
        Assert.Equal(expected, Widen(dtype, [(byte)code]).Single());

    [Fact]
    public void Integers_and_doubles_convert_to_nearest()
    {
        Assert.Equal([0f, 1f, 1f], Widen(SafetensorsDType.Bool, [0, 1, 255]));
        Assert.Equal([255f, 128f], Widen(SafetensorsDType.UInt8, [255, 128]));
        Assert.Equal([-1f, -128f], Widen(SafetensorsDType.Int8, [255, 128]));
        Assert.Equal([-2f], Widen(SafetensorsDType.Int16, BitConverter.GetBytes((short)-2)));
        Assert.Equal([65534f], Widen(SafetensorsDType.UInt16, BitConverter.GetBytes((short)-2)));
        Assert.Equal([-2f], Widen(SafetensorsDType.Int32, BitConverter.GetBytes(-2)));
        Assert.Equal([4294967296f], Widen(SafetensorsDType.UInt32, BitConverter.GetBytes(-2)));
        Assert.Equal([-2f], Widen(SafetensorsDType.Int64, BitConverter.GetBytes(-2L)));
        Assert.Equal([18446744073709551616f], Widen(SafetensorsDType.UInt64, BitConverter.GetBytes(-2L)));
        Assert.Equal([16777216f], Widen(SafetensorsDType.Int32, BitConverter.GetBytes(16777217)));
        Assert.Equal([0.1f], Widen(SafetensorsDType.Float64, BitConverter.GetBytes(0.1)));
        Assert.Equal([0.1f], Widen(SafetensorsDType.Float32, BitConverter.GetBytes(0.1f)));
    }

    [Theory]
    [InlineData(SafetensorsDType.Float4)]
    [InlineData(SafetensorsDType.Float6E2M3)]
    [InlineData(SafetensorsDType.Float6E3M2)]
    [InlineData(SafetensorsDType.Complex64)]
    public void Types_that_are_not_one_number_per_element_give_only_their_bytes(SafetensorsDType dtype)
    {
        using var folder = new TemporaryFolder();
        var writer = new SafetensorsWriter();
        writer.Add("a", dtype, [4], new byte[4 * dtype.BitCount() / 8]);
        writer.Write(folder["a.safetensors"]);
        using var file = SafetensorsFile.Open(folder["a.safetensors"]);
        var error = Assert.Throws<SafetensorsException>(() => file.ReadSingles("a"));
        Assert.Equal((SafetensorsRule.DTypeNotReal, "a"), (error.Rule, error.Tensor));
        Assert.Equal(4 * dtype.BitCount() / 8, file.Bytes(file["a"]).Length);
    }

    [Fact]
    public void Every_dtype_has_a_name_that_reads_back()
    {
        foreach (var dtype in Enum.GetValues<SafetensorsDType>())
        {
            Assert.True(SafetensorsDTypes.TryParse(dtype.Name(), out var parsed));
            Assert.Equal(dtype, parsed);
        }

        Assert.False(SafetensorsDTypes.TryParse("F31", out _));
    }

    static float[] Widen(SafetensorsDType dtype, byte[] bytes)
    {
        var values = new float[bytes.Length * 8 / dtype.BitCount()];
        Widening.ToSingle(bytes, dtype, values);
        return values;
    }
}
