using System.Text;

namespace PgpSr.Imaging.Tests.Codecs;

public sealed class JpegTests
{
    static double MeanError(Image a, Image b)
    {
        Assert.Equal(a.Info, b.Info);
        double sum = 0;
        for (int i = 0; i < a.Bytes.Length; i++) sum += Math.Abs(a.Bytes[i] - b.Bytes[i]);
        return sum / a.Bytes.Length;
    }

    // Smooth enough that chroma at half size loses little.
    static Image Smooth(int width, int height, int channels)
    {
        Image image = new(width, height, channels);
        for (int i = 0; i < image.Bytes.Length; i++)
        {
            int pixel = i / channels, c = i % channels;
            image.Bytes[i] = (byte)(128 + 100 * Math.Sin((pixel % width + pixel / width) * 0.02 + c));
        }
        return image;
    }

    [Theory]
    [InlineData(1, 1, 1), InlineData(1, 1, 3), InlineData(200, 133, 1), InlineData(200, 133, 3), InlineData(1, 2000, 3), InlineData(2000, 1, 3)]
    public void What_is_written_is_read_back_nearly(int width, int height, int channels)
    {
        Image image = Smooth(width, height, channels);
        Assert.True(MeanError(image, Pictures.Decode(Pictures.Encode(image, ImageFormat.Jpeg, new() { JpegQuality = 98 }))) < 1);
        Assert.True(MeanError(image, Pictures.Decode(Pictures.Encode(image, ImageFormat.Jpeg, new() { JpegQuality = 85 }))) < 3);
    }

    [Fact]
    public void Quality_90_keeps_full_color_and_less_does_not()
    {
        // Alternating columns of equal brightness: subsampled color would average them.
        Image image = new(64, 64, 3);
        for (int i = 0; i < 64 * 64; i++) ((ReadOnlySpan<byte>)(i % 2 == 0 ? [200, 60, 60] : [60, 130, 60])).CopyTo(image.Bytes[(3 * i)..]);
        Assert.True(MeanError(image, Pictures.Decode(Pictures.Encode(image, ImageFormat.Jpeg, new() { JpegQuality = 90 }))) < 6);
        Assert.True(MeanError(image, Pictures.Decode(Pictures.Encode(image, ImageFormat.Jpeg, new() { JpegQuality = 89 }))) > 12);
    }

    [Fact]
    public void Metadata_come_through_with_a_profile_of_several_segments()
    {
        Image image = Smooth(40, 30, 3);
        image.Metadata.IccProfile = Pictures.MakeIccProfile(gray: false, 200_000);
        image.Metadata.Exif = Exif.WithText([], 0x010F, "a maker");
        image.Metadata.Xmp = Encoding.UTF8.GetBytes("<x:xmpmeta/>");
        image.Metadata.Resolution = new(300, 200, ResolutionUnit.Inch);
        image.Metadata.SetText("Software", "pgpsr 0.1");
        image.Metadata.SetText("Comment", "größer");
        ImageMetadata read = Pictures.Decode(Pictures.Encode(image, ImageFormat.Jpeg)).Metadata;
        Assert.Equal(image.Metadata.IccProfile, read.IccProfile);
        Assert.Equal(image.Metadata.Xmp, read.Xmp);
        Assert.Equal(image.Metadata.Resolution, read.Resolution);
        Assert.Equal("größer", read.FindText("Comment"));
        List<ExifEntry> entries = Exif.ReadDirectory(read.Exif, BitConverter.ToUInt32(read.Exif!, 4));
        Assert.Equal("a maker\0", Encoding.UTF8.GetString(entries.Single(e => e.Tag == 0x010F).Value));
        Assert.Equal("pgpsr 0.1\0", Encoding.UTF8.GetString(entries.Single(e => e.Tag == Exif.SoftwareTag).Value));
    }

    [Theory]
    [InlineData("<x tiff:Orientation=\"6\" a=\"6\"/>", "<x tiff:Orientation=\"1\" a=\"6\"/>")]
    [InlineData("<tiff:Orientation > 8 </tiff:Orientation>7", "<tiff:Orientation > 1 </tiff:Orientation>7")]
    [InlineData("<x tiff:Orientation = '3' tiff:OrientationLike='3'/>", "<x tiff:Orientation = '1' tiff:OrientationLike='3'/>")]
    [InlineData("tiff:Orientation=\"66\" tiff:Orientation=\"", "tiff:Orientation=\"66\" tiff:Orientation=\"")]
    public void An_orientation_in_the_XMP_is_reset_with_the_other_one_and_left_where_nothing_was_turned(string before, string after)
    {
        Image stored = new(24, 16, 3);
        stored.Metadata.Xmp = Encoding.UTF8.GetBytes(before);
        foreach (int orientation in (int[])[1, 6])
        {
            stored.Metadata.Exif = Exif.Build([new(Exif.OrientationTag, 3, 1, [(byte)orientation, 0])], [], [], bigEndian: false);
            Image upright = Pictures.Decode(Pictures.Encode(stored, ImageFormat.Jpeg));
            Assert.Equal(orientation == 1 ? before : after, Encoding.UTF8.GetString(upright.Metadata.Xmp!));
        }
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(7), InlineData(8)]
    public void Orientation_is_applied_and_reset(int orientation)
    {
        // Dark but for the corner that orientation brings to the top left.
        Image stored = new(48, 32, 1);
        int row = orientation is 3 or 4 or 6 or 7 ? 24 : 0, column = orientation is 2 or 3 or 7 or 8 ? 40 : 0;
        for (int y = 0; y < 8; y++) stored.Row(row + y).Slice(column, 8).Fill(250);
        // And a mark further along the side that becomes the top row.
        for (int y = 0; y < 8; y++)
            if (orientation <= 4) stored.Row(row + y).Slice(column == 0 ? 16 : 24, 8).Fill(120);
            else stored.Row((row == 0 ? 16 : 8) + y).Slice(column, 8).Fill(120);
        foreach (bool big in (bool[])[false, true])
        {
            byte[] value = big ? [0, (byte)orientation] : [(byte)orientation, 0];
            stored.Metadata.Exif = Exif.Build([new(Exif.OrientationTag, 3, 1, value)], [], [], big);
            Image upright = Pictures.Decode(Pictures.Encode(stored, ImageFormat.Jpeg));
            Assert.Equal(orientation <= 4 ? (48, 32) : (32, 48), (upright.Width, upright.Height));
            Assert.InRange(upright.Row(4)[4], 240, 255);
            Assert.InRange(upright.Row(4)[20], 110, 130);
            Assert.InRange(upright.Row(20)[4], 0, 10);
            Assert.Equal(ImageOrientation.TopLeft, Exif.ReadOrientation(upright.Metadata.Exif));
        }
    }

    [Fact]
    public void Transparency_is_refused_unless_a_background_is_given()
    {
        Image image = new(2, 1, 4);
        ((ReadOnlySpan<byte>)[255, 0, 0, 255, 255, 0, 0, 0]).CopyTo(image.Bytes);
        ImageException e = Assert.Throws<ImageException>(() => Pictures.Encode(image, ImageFormat.Jpeg));
        Assert.Contains("Background", e.Reason, StringComparison.Ordinal);
        Image read = Pictures.Decode(Pictures.Encode(image, ImageFormat.Jpeg, new() { Background = (0, 0, 255), JpegQuality = 100 }));
        Assert.InRange(read.Bytes[0], 245, 255);
        Assert.InRange(read.Bytes[5], 245, 255);
        image.Bytes[7] = 255;
        Assert.Equal(3, Pictures.Decode(Pictures.Encode(image, ImageFormat.Jpeg)).Channels);
    }

    [Fact]
    public void Sixteen_bits_are_rounded_to_eight()
    {
        Image wide = new(16, 16, 1, 16);
        wide.Words.Fill(200 * 257 + 100);
        Image read = Pictures.Decode(Pictures.Encode(wide, ImageFormat.Jpeg, new() { JpegQuality = 100 }));
        Assert.InRange(read.Bytes[0], 199, 201);
    }

    [Fact]
    public void A_truncated_file_is_refused()
    {
        byte[] file = Pictures.Encode(Pictures.Make(200, 200, 3, 8), ImageFormat.Jpeg);
        foreach (int percent in (int[])[1, 5, 30, 60, 95])
            Assert.Throws<ImageException>(() => Pictures.Decode(file[..(file.Length * percent / 100)]));
    }

    [Fact]
    public void A_header_that_promises_too_much_is_refused_before_it_is_allocated()
    {
        byte[] file = Pictures.Encode(Smooth(16, 16, 3), ImageFormat.Jpeg);
        int frame = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        ((ReadOnlySpan<byte>)[0xFF, 0x00, 0xFF, 0x00]).CopyTo(file.AsSpan(frame + 5));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<ImageException>(() => Pictures.Decode(file));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 4 << 20);
    }
}
