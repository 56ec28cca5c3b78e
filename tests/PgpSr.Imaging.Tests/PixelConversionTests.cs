namespace PgpSr.Imaging.Tests;

public sealed class PixelConversionTests
{
    public static TheoryData<int, int, string> Layouts()
    {
        TheoryData<int, int, string> data = [];
        foreach (int channels in (int[])[1, 2, 3, 4])
            foreach (int depth in (int[])[8, 16])
                foreach (string range in Enum.GetNames<PixelRange>()) data.Add(channels, depth, range);
        return data;
    }

    [Theory, MemberData(nameof(Layouts))]
    public void There_and_back_is_the_same_picture(int channels, int depth, string rangeName)
    {
        PixelRange range = Enum.Parse<PixelRange>(rangeName);
        Image image = Pictures.Make(53, 41, channels, depth);
        int colors = image.Info.ColorChannels;
        float[] floats = new float[53 * 41 * colors];
        PixelConversion.ToInterleaved(image.Bytes, image.Info, range, colors, floats);
        Image back = new(image.Info);
        image.Bytes.CopyTo(back.Bytes);
        int sample = depth / 8;
        for (int i = 0; i < 53 * 41; i++) back.Bytes.Slice(i * image.Info.PixelLength, colors * sample).Clear();
        PixelConversion.FromInterleaved(floats, colors, range, PixelRounding.Nearest, back.Info, back.Bytes);
        Pictures.AssertSame(image, back);
    }

    [Fact]
    public void Values_are_the_quotients_and_rounding_is_to_even_or_down()
    {
        Image image = new(3, 1, 1);
        ((ReadOnlySpan<byte>)[0, 51, 255]).CopyTo(image.Bytes);
        float[] floats = new float[3];
        PixelConversion.ToInterleaved(image.Bytes, image.Info, PixelRange.ZeroToOne, 1, floats);
        Assert.Equal([0f, 51f / 255f, 1f], floats);
        PixelConversion.ToInterleaved(image.Bytes, image.Info, PixelRange.MinusOneToOne, 1, floats);
        Assert.Equal([-1f, 51f / 255f * 2 - 1, 1f], floats);

        float[] values = [.. Enumerable.Repeat<float[]>([float.NaN, -1, 2, 0.5f, 1.6f / 255, float.PositiveInfinity, float.NegativeInfinity], 10)
            .SelectMany(v => v)];
        ImageInfo info = new(values.Length, 1, 1, 8);
        byte[] row = new byte[values.Length];
        PixelConversion.FromInterleaved(values, 1, PixelRange.ZeroToOne, PixelRounding.Nearest, info, row);
        Assert.Equal([0, 0, 255, 128, 2, 255, 0], row[..7]);
        Assert.Equal(row[..7], row[^7..]);
        PixelConversion.FromInterleaved(values, 1, PixelRange.ZeroToOne, PixelRounding.Truncate, info, row);
        Assert.Equal([0, 0, 255, 127, 1, 255, 0], row[..7]);
    }

    [Fact]
    public void Gray_fills_three_channels_and_color_becomes_luma()
    {
        float[] floats = new float[6];
        PixelConversion.ToInterleaved([10, 200], new(2, 1, 1, 8), PixelRange.ZeroToOne, 3, floats);
        Assert.Equal([10f / 255, 10f / 255, 10f / 255, 200f / 255, 200f / 255, 200f / 255], floats);
        float[] luma = new float[2];
        // Pillow: Image.new("RGB", (1, 1), (255, 0, 0)).convert("L") is 76, (12, 200, 77) is 130.
        PixelConversion.ToInterleaved([255, 0, 0, 12, 200, 77], new(2, 1, 3, 8), PixelRange.ZeroToOne, 1, luma);
        Assert.Equal([76f / 255, 130f / 255], luma);
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            PixelConversion.FromInterleaved(floats, 3, PixelRange.ZeroToOne, PixelRounding.Nearest, new(2, 1, 1, 8), new byte[2]));
    }
}
