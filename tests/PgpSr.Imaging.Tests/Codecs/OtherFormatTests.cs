namespace PgpSr.Imaging.Tests.Codecs;

public sealed class OtherFormatTests
{
    [Fact]
    public void Bmp_is_read()
    {
        Image image = Pictures.Make(31, 17, 3, 8);
        Pictures.AssertSame(image, Pictures.Decode(OtherFormats.Bmp(image)));
    }

    [Fact]
    public void Tga_is_read_with_its_alpha()
    {
        Image image = Pictures.Make(31, 17, 4, 8);
        Pictures.AssertSame(image, Pictures.Decode(OtherFormats.Tga(image)));
    }

    [Fact]
    public void Of_an_animation_the_first_picture_is_read_with_a_warning()
    {
        const int picture = 13 + 3 * 128;
        Image image = Pictures.Make(31, 17, 1, 8);
        byte[] one = OtherFormats.Gif(image);
        byte[] loop = [0x21, 0xFF, 11, .. "NETSCAPE2.0"u8, 3, 1, 0, 0, 0];
        byte[] two = [.. one[..picture], .. loop, .. one[picture..^1], .. loop, .. one[picture..]];
        Assert.Empty(Pictures.Decode(one).Metadata.Warnings);
        Image read = Pictures.Decode(two);
        Assert.Contains("only the first", Assert.Single(read.Metadata.NotCarried), StringComparison.Ordinal);
        Assert.Equal(Pictures.Decode(one).Bytes.ToArray(), read.Bytes.ToArray());

        byte[] still = [0, 0, 0, 1, 0, 0, 0, 0], animated = [0, 0, 0, 2, 0, 0, 0, 0];
        foreach (byte[] control in (byte[][])[still, animated])
        {
            byte[] png = new RawPng().Header(3, 2, 8, 0).Chunk("acTL", control).Pixels(3, 2, 8, 1, false, (x, y, _) => x + y).Chunk("IEND", [])
                .ToArray();
            Assert.Equal(control == animated ? 1 : 0, Pictures.Decode(png).Metadata.NotCarried.Count);
        }
    }

    [Fact]
    public void Gif_is_read()
    {
        Image image = Pictures.Make(31, 17, 1, 8);
        Image read = Pictures.Decode(OtherFormats.Gif(image));
        Assert.Equal((31, 17, 3), (read.Width, read.Height, read.Channels));
        for (int i = 0; i < image.Bytes.Length; i++) Assert.Equal(image.Bytes[i] / 2 * 2, read.Bytes[3 * i]);
    }

    [Fact]
    public void A_truncated_file_is_refused()
    {
        foreach (byte[] file in (byte[][])[OtherFormats.Bmp(Pictures.Make(31, 17, 3, 8)), OtherFormats.Tga(Pictures.Make(31, 17, 4, 8)),
            OtherFormats.Gif(Pictures.Make(31, 17, 1, 8))])
            foreach (int percent in (int[])[1, 5, 30, 60, 95])
                Assert.Throws<ImageException>(() => Pictures.Decode(file[..(file.Length * percent / 100)]));
    }

    [Fact]
    public void They_are_not_written()
    {
        foreach (ImageFormat format in (ImageFormat[])[ImageFormat.Bmp, ImageFormat.Tga, ImageFormat.Gif])
            Assert.Contains("not written", Assert.Throws<ImageException>(() => Pictures.Encode(Pictures.Make(2, 2, 3, 8), format)).Reason,
                StringComparison.Ordinal);
    }
}
