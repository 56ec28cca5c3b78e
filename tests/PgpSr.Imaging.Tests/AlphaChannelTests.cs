namespace PgpSr.Imaging.Tests;

public sealed class AlphaChannelTests
{
    [Theory, InlineData(2, 8), InlineData(4, 8), InlineData(2, 16), InlineData(4, 16)]
    public void Splitting_keeps_what_is_visible(int channels, int bitDepth)
    {
        Image image = Pictures.Make(37, 23, channels, bitDepth);
        int sample = bitDepth / 8;
        for (int i = 0; i < 37 * 23; i += 3) image.Bytes.Slice(i * image.Info.PixelLength + (channels - 1) * sample, sample).Clear();
        (Image color, Image? alpha) = AlphaChannel.Split(image);
        Assert.Equal(channels - 1, color.Channels);
        for (int i = 0; i < 37 * 23; i++)
        {
            ReadOnlySpan<byte> before = image.Bytes.Slice(i * image.Info.PixelLength, image.Info.PixelLength);
            bool visible = before[^sample..].IndexOfAnyExcept((byte)0) >= 0;
            Assert.Equal(before[^sample..], alpha!.Bytes.Slice(i * sample, sample));
            if (visible) Assert.Equal(before[..^sample], color.Bytes.Slice(i * color.Info.PixelLength, color.Info.PixelLength));
        }
    }

    [Fact]
    public void An_opaque_picture_has_no_alpha_to_enlarge()
    {
        Image image = Pictures.Make(8, 8, 4, 8);
        for (int i = 3; i < image.Bytes.Length; i += 4) image.Bytes[i] = 255;
        (Image color, Image? alpha) = AlphaChannel.Split(image);
        Assert.Null(alpha);
        Assert.Equal(3, color.Channels);
    }

    [Fact]
    public void Bleeding_takes_the_color_next_to_it_and_reaches_everywhere()
    {
        Image image = new(65, 33, 4);
        ((ReadOnlySpan<byte>)[10, 20, 30, 1]).CopyTo(image.Bytes);
        ((ReadOnlySpan<byte>)[210, 220, 230, 255]).CopyTo(image.Bytes[^4..]);
        AlphaChannel.BleedEdges(image);
        Assert.Equal([10, 20, 30, 0], image.Bytes.Slice(4, 4).ToArray());
        Assert.Equal([210, 220, 230, 0], image.Bytes[^8..^4].ToArray());
        for (int i = 0; i < image.Bytes.Length; i += 4) Assert.InRange(image.Bytes[i], 10, 210);
    }

    [Fact]
    public void A_picture_without_visible_pixels_stays_as_it_is()
    {
        Image image = Pictures.Make(9, 9, 4, 8);
        for (int i = 3; i < image.Bytes.Length; i += 4) image.Bytes[i] = 0;
        byte[] before = image.Bytes.ToArray();
        AlphaChannel.BleedEdges(image);
        Assert.Equal(before, image.Bytes.ToArray());
    }
}
