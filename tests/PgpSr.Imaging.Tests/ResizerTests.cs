namespace PgpSr.Imaging.Tests;

public sealed class ResizerTests
{
    public static TheoryData<ResizeFilter, int, int, int, int> Cases()
    {
        TheoryData<ResizeFilter, int, int, int, int> data = [];
        foreach (ResizeFilter filter in Enum.GetValues<ResizeFilter>())
            foreach (int channels in (int[])[1, 2, 3, 4])
            {
                data.Add(filter, channels, 8, 37, 91);
                data.Add(filter, channels, 8, 200, 13);
                data.Add(filter, channels, 16, 150, 40);
            }
        return data;
    }

    // The same sums in plain loops: 8 bit with integer weights and a rounding after each pass, 16 bit in double precision with one rounding.
    static int[] Reference(Image source, int width, int height, ResizeFilter filter)
    {
        int channels = source.Channels;
        ResizeWeights columns = new(source.Width, width, filter), rows = new(source.Height, height, filter);
        bool bytes = source.BitDepth == 8;
        double[,,] between = new double[source.Height, width, channels];
        for (int y = 0; y < source.Height; y++)
            for (int x = 0; x < width; x++)
                for (int c = 0; c < channels; c++)
                {
                    double sum = 0;
                    for (int t = 0; t < columns.Count[x]; t++)
                    {
                        int index = (y * source.Width + columns.First[x] + t) * channels + c;
                        sum += bytes ? (double)source.Bytes[index] * columns.Fixed[x * columns.Taps + t]
                            : source.Words[index] * columns.Values[x * columns.Taps + t];
                    }
                    between[y, x, c] = bytes ? Round(sum) : sum;
                }
        int[] result = new int[width * height * channels];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                for (int c = 0; c < channels; c++)
                {
                    double sum = 0;
                    for (int t = 0; t < rows.Count[y]; t++)
                        sum += between[rows.First[y] + t, x, c] * (bytes ? rows.Fixed[y * rows.Taps + t] : rows.Values[y * rows.Taps + t]);
                    result[(y * width + x) * channels + c] = bytes ? (int)Round(sum) : (int)(Math.Clamp(sum, 0, 65535) + 0.5);
                }
        return result;

        static double Round(double sum) =>
            Math.Clamp(Math.Floor((sum + (1 << (ResizeWeights.FractionBits - 1))) / (1 << ResizeWeights.FractionBits)), 0, 255);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Vectors_and_plain_loops_agree(ResizeFilter filter, int channels, int bitDepth, int width, int height)
    {
        Image source = Pictures.Make(67, 45, channels, bitDepth);
        int[] expected = Reference(source, width, height, filter);
        Image actual = new(width, height, channels, bitDepth);
        new Resizer(source.Info, width, height, filter).Resize(source.Bytes, 0, 0, actual.Bytes);
        for (int i = 0; i < expected.Length; i++)
            if (bitDepth == 8)
                Assert.Equal(expected[i], actual.Bytes[i]);
            else
                // Up to 2 * 25 products of size 65535 in float32 (2^-24 each) move a sum by less than 0.2: at most across one rounding edge.
                Assert.InRange(actual.Words[i] - expected[i], -1, 1);
    }

    [Theory, InlineData(8), InlineData(16)]
    public void Strips_are_the_rows_of_the_whole(int bitDepth)
    {
        Image source = Pictures.Make(101, 83, 3, bitDepth);
        foreach ((int width, int height) in ((int, int)[])[(404, 332), (50, 20), (101, 300), (300, 83)])
        {
            Resizer resizer = new(source.Info, width, height, ResizeFilter.Lanczos);
            Image whole = new(resizer.Destination), strips = new(resizer.Destination);
            resizer.Resize(source.Bytes, 0, 0, whole.Bytes);
            for (int row = 0, step = 1; row < height; row += step, step = Math.Min(step + 5, height - row))
            {
                (int first, int count) = resizer.SourceRows(row, step);
                resizer.Resize(source.Rows(first, count), first, row, strips.Rows(row, step));
            }
            Pictures.AssertSame(whole, strips);
        }
    }

    [Theory, InlineData(1), InlineData(3)]
    public void Floats_agree_with_sixteen_bits(int channels)
    {
        Image source = Pictures.Make(60, 50, channels, 16);
        float[] floats = new float[60 * 50 * channels], result = new float[130 * 21 * channels];
        for (int i = 0; i < floats.Length; i++) floats[i] = source.Words[i] / 65535f;
        Resizer.Resize(floats, 60, 50, channels, 130, 21, ResizeFilter.Bicubic, result);
        int[] expected = Reference(source, 130, 21, ResizeFilter.Bicubic);
        for (int i = 0; i < result.Length; i++) Assert.Equal(expected[i] / 65535.0, Math.Clamp(result[i], 0, 1), 1.5 / 65535);
    }

    [Fact]
    public void A_constant_stays_and_a_single_pixel_spreads()
    {
        foreach (ResizeFilter filter in Enum.GetValues<ResizeFilter>())
            foreach ((int width, int height) in ((int, int)[])[(1, 1), (1, 20000), (64, 64), (3, 1000)])
            {
                Image source = new(width, height, 3);
                source.Bytes.Fill(93);
                Image result = Resizer.Resize(source, 7, 5, filter);
                Assert.True(result.Bytes.IndexOfAnyExcept((byte)93) < 0, $"{filter} {width}x{height}");
            }
    }

    [Fact]
    public void Invisible_black_does_not_darken_edges()
    {
        Image source = new(32, 32, 4);
        for (int i = 0; i < 32 * 32; i++)
            if (i % 32 < 16) ((ReadOnlySpan<byte>)[200, 100, 50, 255]).CopyTo(source.Bytes[(4 * i)..]);
        Image result = Resizer.Resize(source, 128, 128, ResizeFilter.Lanczos);
        for (int i = 0; i < 128 * 128; i++)
            if (result.Bytes[4 * i + 3] > 0) Assert.InRange(result.Bytes[4 * i], 199, 201);
    }

    [Theory]
    [InlineData(ResizeFilter.Bicubic, 91, 133)]
    [InlineData(ResizeFilter.Lanczos, 40, 30)]
    [InlineData(ResizeFilter.Bicubic, 67, 45)]
    public void Float_strips_are_the_rows_of_the_whole(ResizeFilter filter, int width, int height)
    {
        Random random = new(3);
        float[] source = [.. Enumerable.Range(0, 67 * 45 * 3).Select(_ => random.NextSingle())], whole = new float[width * height * 3];
        Resizer.Resize(source, 67, 45, 3, width, height, filter, whole);
        Resizer resizer = new(new ImageInfo(67, 45, 3, 8), width, height, filter);
        float[] strips = new float[whole.Length];
        for (int y = 0; y < height; y += 11)
        {
            int rows = Math.Min(11, height - y);
            (int first, int count) = resizer.SourceRows(y, rows);
            resizer.Resize(source.AsSpan(first * 67 * 3, count * 67 * 3), first, y, strips.AsSpan(y * width * 3, rows * width * 3));
        }
        Assert.Equal(whole, strips);
    }
}
