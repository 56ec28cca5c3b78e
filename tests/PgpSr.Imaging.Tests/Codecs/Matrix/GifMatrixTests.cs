namespace PgpSr.Imaging.Tests.Codecs.Matrix;

/// <summary>Palettes, transparency, offsets, disposal, interlacing and code sizes of GIF, with the pixels each file was made from.</summary>
public sealed class GifMatrixTests
{
    static byte[] Palette(int colors, int seed)
    {
        byte[] palette = new byte[3 * colors];
        new Random(seed).NextBytes(palette);
        return palette;
    }

    static byte[] Indices(int count, int colors, int seed)
    {
        Random random = new(seed);
        byte[] indices = new byte[count];
        for (int i = 0; i < count; i++) indices[i] = i > 0 && random.Next(2) == 0 ? indices[i - 1] : (byte)random.Next(colors);
        return indices;
    }

    static void AssertPixels(Image image, (int X, int Y, int Width, int Height) frame, byte[] indices, byte[] palette, int transparent)
    {
        bool alpha = frame != (0, 0, image.Width, image.Height) || (transparent >= 0 && indices.Contains((byte)transparent));
        Assert.Equal(alpha ? 4 : 3, image.Channels);
        for (int y = 0; y < image.Height; y++)
            for (int x = 0; x < image.Width; x++)
            {
                int column = x - frame.X, row = y - frame.Y;
                bool drawn = column >= 0 && row >= 0 && column < frame.Width && row < frame.Height;
                int index = drawn ? indices[row * frame.Width + column] : -1;
                byte[] expected = !drawn || index == transparent ? [0, 0, 0, 0]
                    : 3 * index < palette.Length ? [.. palette[(3 * index)..(3 * index + 3)], 255] : [0, 0, 0, 255];
                Assert.Equal(expected[..image.Channels], image.Row(y).Slice(x * image.Channels, image.Channels).ToArray());
            }
    }

    public static TheoryData<int, bool, bool, bool> Variants()
    {
        TheoryData<int, bool, bool, bool> data = [];
        foreach (int bits in (int[])[1, 2, 3, 4, 5, 6, 7, 8])
            foreach (bool local in (bool[])[false, true])
                foreach (bool transparent in (bool[])[false, true])
                    foreach (bool interlaced in (bool[])[false, true]) data.Add(bits, local, transparent, interlaced);
        return data;
    }

    [Theory, MemberData(nameof(Variants))]
    public void Depths_palettes_transparency_and_interlacing(int bits, bool local, bool transparent, bool interlaced)
    {
        int colors = 1 << bits;
        byte[] palette = Palette(colors, bits), other = Palette(colors, bits + 50);
        foreach ((int width, int height) in ((int, int)[])[(1, 1), (13, 9), (150, 91), (151, 100)])
            foreach (int disposal in (int[])[0, 1, 2, 3])
            {
                byte[] indices = Indices(width * height, colors, width);
                int key = transparent ? indices[0] : -1;
                RawGif gif = new(width, height, local ? other : palette, background: 1);
                byte[] file = gif.Control(disposal, key)
                    .Picture(0, 0, width, height, indices, Math.Max(2, bits), local ? palette : null, interlaced).End();
                AssertPixels(Pictures.Decode(file), (0, 0, width, height), indices, palette, key);
            }
    }

    [Theory]
    [InlineData(0, 0, 20, 10, 20, 10), InlineData(3, 2, 20, 10, 40, 30), InlineData(0, 0, 5, 5, 6, 5), InlineData(0, 0, 20, 10, 0, 0)]
    [InlineData(30, 20, 20, 10, 40, 25)]
    public void Where_the_first_picture_does_not_reach_the_screen_is_transparent(int x, int y, int width, int height, int screenWidth, int screenHeight)
    {
        byte[] palette = Palette(4, 1), indices = Indices(width * height, 4, 2);
        Image image = Pictures.Decode(new RawGif(screenWidth, screenHeight, palette, background: 2).Picture(x, y, width, height, indices, 2).End());
        // A screen that is too small grows.
        Assert.Equal((Math.Max(screenWidth, x + width), Math.Max(screenHeight, y + height)), (image.Width, image.Height));
        AssertPixels(image, (x, y, width, height), indices, palette, -1);
    }

    [Fact]
    public void What_other_decoders_put_up_with_is_read()
    {
        byte[] palette = Palette(16, 1), indices = Indices(4000, 16, 3);
        foreach ((bool clear, bool end) in ((bool, bool)[])[(true, false), (false, true), (false, false)])
        {
            Image image = Pictures.Decode(new RawGif(80, 50, palette).Picture(0, 0, 80, 50, indices, 4, null, false, clear, end).End());
            AssertPixels(image, (0, 0, 80, 50), indices, palette, -1);
        }
        // No palette: shades. A palette shorter than the indices: black.
        byte[] shades = [.. Enumerable.Range(0, 768).Select(i => (byte)(i / 3))], wide = Indices(4000, 256, 4);
        AssertPixels(Pictures.Decode(new RawGif(80, 50, []).Picture(0, 0, 80, 50, wide, 8).End()), (0, 0, 80, 50), wide, shades, -1);
        AssertPixels(Pictures.Decode(new RawGif(80, 50, palette).Picture(0, 0, 80, 50, wide, 8).End()), (0, 0, 80, 50), wide, palette, -1);
        // The end mark of the file is missing.
        byte[] file = new RawGif(80, 50, palette).Picture(0, 0, 80, 50, indices, 4).End();
        AssertPixels(Pictures.Decode(file[..^1]), (0, 0, 80, 50), indices, palette, -1);
    }

    [Fact]
    public void Damage_is_refused()
    {
        byte[] indices = Indices(4000, 16, 3);
        RawGif gif = new RawGif(80, 60, Palette(16, 1)).Picture(0, 0, 80, 60, indices, 4);
        Assert.Contains("truncated", Assert.Throws<ImageException>(() => Pictures.Decode(gif.End())).Reason, StringComparison.Ordinal);
        // A code that is not defined yet, right after a clear code.
        byte[] undefined = [.. new RawGif(2, 1, Palette(4, 1)).End()[..^1], 0x2C, 0, 0, 0, 0, 2, 0, 1, 0, 0, 2, 1, 0b111_100, 0, 0x3B];
        Assert.Contains("LZW code 7", Assert.Throws<ImageException>(() => Pictures.Decode(undefined)).Reason, StringComparison.Ordinal);
        Assert.Contains("no picture", Assert.Throws<ImageException>(() => Pictures.Decode([.. new RawGif(20, 10, Palette(64, 1)).End(), 1, 2])).Reason,
            StringComparison.Ordinal);
    }
}
