using PgpSr.Imaging.Tests.Codecs.Matrix;

namespace PgpSr.Imaging.Tests.Codecs;

/// <summary>Whatever a file holds, the answer is a picture or an <see cref="ImageException"/>.</summary>
public sealed class HostileFileTests
{
    public static TheoryData<string, byte[][]> Seeds()
    {
        Image photo = Pictures.Make(61, 43, 3, 8), small = Pictures.Make(24, 24, 4, 8);
        photo.Metadata.IccProfile = Pictures.MakeIccProfile(gray: false, 300);
        photo.Metadata.Exif = Exif.WithText([], Exif.SoftwareTag, "software");
        photo.Metadata.SetText("Comment", "text");
        byte[] interlaced = new RawPng().Header(19, 19, 4, 3, interlaced: true).Chunk("PLTE", new byte[48]).Chunk("tRNS", [1, 2, 3])
            .Pixels(19, 19, 4, 1, true, (x, y, _) => (x + y) % 16).End();
        return new()
        {
            { "png", [Pictures.Encode(photo, ImageFormat.Png), Pictures.Encode(Pictures.Make(33, 21, 4, 16), ImageFormat.Png), interlaced] },
            { "jpeg", [Pictures.Encode(photo, ImageFormat.Jpeg), Pictures.Encode(photo, ImageFormat.Jpeg, new() { JpegQuality = 50 }),
                JpegMatrixTests.Encode(JpegMatrixTests.Smooth(3), 3, jpeg => jpeg.jpeg_simple_progression()),
                JpegMatrixTests.Encode(JpegMatrixTests.Smooth(3), 3, jpeg => jpeg.Component_info[0].V_samp_factor = 3),
                JpegMatrixTests.Encode(JpegMatrixTests.Smooth(4), 4, jpeg => jpeg.Restart_interval = 5)] },
            { "tiff", [Pictures.Encode(photo, ImageFormat.Tiff), Pictures.Encode(small, ImageFormat.Tiff), Tiff(2, 8, 3, tiled: true),
                Tiff(8, 16, 3, tiled: false), Tiff(5, 8, 4, tiled: false), Tiff(6, 8, 3, tiled: true), Tiff(1, 12, 1, tiled: false)] },
            { "bmp", [OtherFormats.Bmp(photo), new RawBmp { Width = 20, Height = 10, Bits = 8, Compression = 1 }.File(new byte[768],
                [.. Enumerable.Range(0, 10).SelectMany(y => (byte[])[12, (byte)y, 0, 5, 1, 2, 3, 4, 5, 0, 0, 2, 3, 0, 0, 0]), 0, 1]),
                new RawBmp { Header = 124, Width = 20, Height = 10, Bits = 16, Compression = 3, Masks = [0x7C00, 0x3E0, 0x1F, 0x8000] }
                    .File([], new byte[400]),
                new RawBmp { Header = 12, Width = 20, Height = 10, Bits = 4 }.File(new byte[48], new byte[120])] },
            { "tga", [OtherFormats.Tga(small), [0, 1, 9, 0, 0, 4, 0, 24, 0, 0, 0, 0, 20, 0, 10, 0, 8, 0, .. new byte[12],
                .. Enumerable.Range(0, 20).SelectMany(i => (byte[])[0x85, (byte)(i % 4), 3, 0, 1, 2, 3])]] },
            { "gif", [OtherFormats.Gif(Pictures.Make(40, 30, 1, 8)),
                new RawGif(30, 20, new byte[12]).Control(2, 1).Picture(3, 2, 20, 15, [.. Enumerable.Range(0, 300).Select(i => (byte)(i * i % 4))], 2,
                    interlaced: true).End()] },
        };
    }

    static byte[] Tiff(int photometric, int bits, int channels, bool tiled)
    {
        Random random = new(photometric);
        int[] samples = [.. Enumerable.Range(0, 30 * 20 * channels).Select(_ => random.Next(1 << bits))];
        return new RawTiff { Width = 30, Height = 20, Bits = bits, Channels = channels, Photometric = photometric, Tiled = tiled, BigTiff = bits > 8 }
            .File(samples);
    }

    [Theory, MemberData(nameof(Seeds))]
    public void Mutations_give_a_picture_or_an_ImageException_in_time_and_memory(string format, byte[][] seeds) => MutationRun.Of(format, seeds, 0.05);

    [Theory]
    [InlineData("", "empty"), InlineData("x", "not recognized"), InlineData("RIFF....WEBPVP8 ", "WebP"), InlineData("....ftypavif....", "AVIF")]
    public void What_is_no_picture_is_named(string content, string reason)
    {
        ImageException e = Assert.Throws<ImageException>(() => Pictures.Decode(System.Text.Encoding.ASCII.GetBytes(content)));
        Assert.Contains(reason, e.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_refuse_before_decoding()
    {
        Image image = Pictures.Make(64, 32, 3, 8);
        foreach (byte[] file in (byte[][])[Pictures.Encode(image, ImageFormat.Png), Pictures.Encode(image, ImageFormat.Jpeg),
            Pictures.Encode(image, ImageFormat.Tiff), OtherFormats.Bmp(image)])
        {
            Assert.Contains("MaxWidth", Assert.Throws<ImageException>(() => Pictures.Decode(file, new() { MaxWidth = 63 })).Reason,
                StringComparison.Ordinal);
            Assert.Contains("MaxHeight", Assert.Throws<ImageException>(() => Pictures.Decode(file, new() { MaxHeight = 31 })).Reason,
                StringComparison.Ordinal);
            Assert.Contains("MaxPixels", Assert.Throws<ImageException>(() => Pictures.Decode(file, new() { MaxPixels = 2047 })).Reason,
                StringComparison.Ordinal);
            Assert.Equal(64, Pictures.Decode(file, new() { MaxWidth = 64, MaxHeight = 32, MaxPixels = 2048 }).Width);
        }
    }
}
