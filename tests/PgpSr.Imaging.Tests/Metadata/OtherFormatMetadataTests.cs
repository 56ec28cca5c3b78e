using System.Text;
using PgpSr.Imaging.Tests.Codecs;
using PgpSr.Imaging.Tests.Codecs.Matrix;

namespace PgpSr.Imaging.Tests.Metadata;

/// <summary>Metadata of the formats that are only read.</summary>
public sealed class OtherFormatMetadataTests
{
    static byte[] Blocks(byte[] data) => [.. data.Chunk(255).SelectMany(block => (byte[])[(byte)block.Length, .. block]), 0];

    [Fact]
    public void GIF_comments_XMP_and_profile_are_read_and_others_named()
    {
        byte[] gif = new RawGif(2, 1, [1, 2, 3, 4, 5, 6]).Picture(0, 0, 2, 1, [0, 1], 2).End();
        byte[] profile = Pictures.MakeIccProfile(gray: false, 700);
        // Packets that hold XMP do not count bytes: 0x01, 255 downwards to 0, 0.
        byte[] trailer = [1, .. Enumerable.Range(0, 256).Select(i => (byte)(255 - i)), 0];
        byte[] file =
        [
            .. gif[..19], 0x21, 0xFE, .. Blocks("größer"u8.ToArray()), 0x21, 0xFF, 11, .. "XMP DataXMP<x:xmpmeta/>"u8, .. trailer,
            0x21, 0xFF, 11, .. "ICCRGBG1012"u8, .. Blocks(profile), 0x21, 0xFF, 11, .. "NETSCAPE2.0"u8, 3, 1, 0, 0, 0,
            0x21, 0xFF, 11, .. "ImageMagick"u8, .. Blocks([1, 2]), .. gif[19..^1], 0x21, 0xFE, .. Blocks("after"u8.ToArray()), 0x3B,
        ];
        ImageMetadata read = Pictures.Decode(file).Metadata;
        Assert.Equal(["größer", "after"], read.Text.Select(t => t.Value));
        Assert.Equal("<x:xmpmeta/>", Encoding.UTF8.GetString(read.Xmp!));
        Assert.Equal(profile, read.IccProfile);
        Assert.Equal("GIF block \"ImageMagick\"", Assert.Single(read.NotCarried));
        Assert.Empty(read.Warnings);
    }

    [Fact]
    public void Texts_of_a_TGA_are_read()
    {
        byte[] area = new byte[495];
        BitConverter.TryWriteBytes(area, (ushort)495);
        "J. Doe"u8.CopyTo(area.AsSpan(2));
        "one"u8.CopyTo(area.AsSpan(43));
        "two"u8.CopyTo(area.AsSpan(43 + 81));
        "painter"u8.CopyTo(area.AsSpan(426));
        byte[] picture = OtherFormats.Tga(Pictures.Make(4, 4, 3, 8));
        byte[] file = [.. picture, .. area, .. BitConverter.GetBytes(picture.Length), 0, 0, 0, 0, .. "TRUEVISION-XFILE.\0"u8];
        ImageMetadata read = Pictures.Decode(file).Metadata;
        Assert.Equal([new("Author", "J. Doe"), new("Comment", "one\ntwo"), new("Software", "painter")], read.Text);
    }

    [Theory, InlineData(ImageFormat.Png), InlineData(ImageFormat.Jpeg), InlineData(ImageFormat.Tiff)]
    public void The_resolution_of_a_BMP_is_written_for_each_format(ImageFormat format)
    {
        byte[] file = new RawBmp { Width = 1, Height = 1, PixelsPerMeter = 11811 }.File([], [1, 2, 3, 0]);
        Image image = Pictures.Decode(Pictures.Encode(Pictures.Decode(file), format));
        Assert.Equal(300, image.Metadata.Resolution!.Value.In(ResolutionUnit.Inch).Horizontal, 0.02);
    }
}
