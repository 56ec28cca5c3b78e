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
    public void Gif_is_read()
    {
        Image image = Pictures.Make(31, 17, 1, 8);
        Image read = Pictures.Decode(OtherFormats.Gif(image));
        Assert.Equal((31, 17, 3), (read.Width, read.Height, read.Channels));
        for (int i = 0; i < image.Bytes.Length; i++)
            Assert.Equal(image.Bytes[i] / 2 * 2, read.Bytes[3 * i]);
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
            Assert.Contains("not written", Assert.Throws<ImageException>(() => Pictures.Encode(Pictures.Make(2, 2, 3, 8), format)).Reason, StringComparison.Ordinal);
    }
}
