using PgpSr.Gpu.Ptx;

namespace PgpSr.Gpu.Tests.Ptx;

/// <summary>Rounding to the factors of tensor cores, executed instruction by instruction.</summary>
public sealed class ConversionPtxTests
{
    [Theory]
    [InlineData(24, 13)]
    [InlineData(3, 5)]
    [InlineData(20, 7)]
    [InlineData(8, 300)]
    public void Rows_are_rounded_and_padded_with_zeros(int channels, int rows)
    {
        var random = new Random(22);
        float[] x = [.. Enumerable.Range(0, rows * channels).Select(_ => random.NextSingle() * 10 - 5)];
        ushort[] y = Run(x, rows, channels);
        int padded = (channels + 7) / 8 * 8;
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < padded; i++)
                Assert.Equal(i < channels ? BitConverter.HalfToUInt16Bits((Half)x[row * channels + i]) : 0, y[row * padded + i]);
        }
    }

    [Theory]
    [InlineData(3, 5)]
    [InlineData(20, 7)]
    [InlineData(8, 4)]
    public void Rows_that_are_binary16_are_padded_with_zeros(int channels, int rows)
    {
        var random = new Random(22);
        ushort[] x = [.. Enumerable.Range(0, rows * channels).Select(_ => BitConverter.HalfToUInt16Bits((Half)(random.NextSingle() * 10 - 5)))];
        int eights = ConversionPtx.Eights((long)rows * channels, channels);
        var memory = new PtxMemory();
        ulong result = memory.Upload<ushort>(new ushort[eights * 8]);
        PtxGroup.Launch(
            PtxProgram.Parse(ConversionPtx.Emit(aligned: false, halves: true)), memory, ConversionPtx.Grid(eights),
            ConversionPtx.Arguments(memory.Upload<ushort>(x), result, eights, channels));
        ushort[] y = memory.Download<ushort>(result);
        int padded = (channels + 7) / 8 * 8;
        for (int row = 0; row < rows; row++)
            for (int i = 0; i < padded; i++) Assert.Equal(i < channels ? x[row * channels + i] : 0, y[row * padded + i]);
    }

    [Fact]
    public void Values_beyond_a_half_become_its_largest_and_NaN_stays()
    {
        ushort[] y = Run([1e6f, -1e6f, 65504f, 65519f, float.NegativeInfinity, -0f, 1e-9f, float.NaN], 1, 8);
        Assert.Equal([65504f, -65504f, 65504f, 65504f, -65504f, 0f, 0f, float.NaN], y.Select(b => (float)BitConverter.UInt16BitsToHalf(b)));
    }

    static ushort[] Run(float[] x, int rows, int channels)
    {
        int eights = ConversionPtx.Eights((long)rows * channels, channels);
        var memory = new PtxMemory();
        ulong result = memory.Upload<ushort>(new ushort[eights * 8]);
        PtxGroup.Launch(
            PtxProgram.Parse(ConversionPtx.Emit(channels % 8 == 0, halves: false)), memory, ConversionPtx.Grid(eights),
            ConversionPtx.Arguments(memory.Upload<float>(x), result, eights, channels));
        return memory.Download<ushort>(result);
    }
}
