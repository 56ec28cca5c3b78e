using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.PixelFormats;

namespace PgpSr.Imaging.ImageSharp.Tests;

public sealed class ConversionTests
{
    static Imaging.Image Noise(int channels, int bitDepth)
    {
        Imaging.Image image = new(7, 5, channels, bitDepth);
        new Random(channels * 100 + bitDepth).NextBytes(image.Bytes);
        return image;
    }

    [Fact]
    public void Every_plain_layout_goes_there_and_back_byte_for_byte()
    {
        RoundTrip<L8>(1, 8);
        RoundTrip<La16>(2, 8);
        RoundTrip<Rgb24>(3, 8);
        RoundTrip<Rgba32>(4, 8);
        RoundTrip<L16>(1, 16);
        RoundTrip<La32>(2, 16);
        RoundTrip<Rgb48>(3, 16);
        RoundTrip<Rgba64>(4, 16);
    }

    static void RoundTrip<TPixel>(int channels, int bitDepth)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        Imaging.Image original = Noise(channels, bitDepth);
        using Image<TPixel> copy = original.ToImageSharp<TPixel>();
        Imaging.Image back = copy.ToPgpSr();
        Assert.Equal(original.Info, back.Info);
        Assert.True(original.Bytes.SequenceEqual(back.Bytes));
    }

    [Fact]
    public void A_view_shares_memory_and_a_copy_does_not()
    {
        Imaging.Image original = Noise(3, 8);
        using Image<Rgb24> view = original.AsImageSharp<Rgb24>(), copy = original.ToImageSharp<Rgb24>();
        view[2, 1] = new Rgb24(1, 2, 3);
        Assert.Equal([1, 2, 3], original.Row(1).Slice(6, 3).ToArray());
        copy[2, 1] = new Rgb24(9, 9, 9);
        Assert.Equal([1, 2, 3], original.Row(1).Slice(6, 3).ToArray());
    }

    [Fact]
    public void A_view_of_another_layout_is_refused() => Assert.Throws<ArgumentException>(() => Noise(3, 8).AsImageSharp<Rgba32>());

    [Fact]
    public void Metadata_come_along_both_ways()
    {
        Imaging.Image original = Noise(3, 8);
        original.Metadata.IccProfile = new byte[200];
        original.Metadata.Xmp = "<x/>"u8.ToArray();
        // One entry: Software.
        original.Metadata.Exif = [.. "II*\0\u0008\0\0\0"u8, 1, 0, 0x31, 1, 2, 0, 4, 0, 0, 0, .. "abc\0"u8, 0, 0, 0, 0];
        original.Metadata.Resolution = new(300, 150, ResolutionUnit.Inch);
        using Image<Rgb24> there = original.ToImageSharp<Rgb24>();
        Imaging.Image back = there.ToPgpSr();
        Assert.Equal(original.Metadata.Xmp, back.Metadata.Xmp);
        Assert.Equal(original.Metadata.Exif, back.Metadata.Exif);
        Assert.Equal(original.Metadata.Resolution, back.Metadata.Resolution);
        Assert.Equal(200, back.Metadata.IccProfile!.Length);
    }

    [Fact]
    public void A_TIFF_keeps_its_profiles_on_the_way_through_ImageSharp()
    {
        Imaging.Image original = Noise(3, 8);
        original.Metadata.Xmp = "<x/>"u8.ToArray();
        using MemoryStream file = new();
        original.Save(file, new() { Format = ImageFormat.Tiff, BitDepth = 8 });
        file.Position = 0;
        using Image<Rgb24> there = SixLabors.ImageSharp.Image.Load<Rgb24>(file);
        Imaging.Image back = there.ToPgpSr();
        Assert.True(original.Bytes.SequenceEqual(back.Bytes));
        Assert.Equal(original.Metadata.Xmp, back.Metadata.Xmp);
    }

    [Fact]
    public void A_WebP_file_becomes_a_picture_and_back_without_loss()
    {
        Imaging.Image original = Noise(4, 8);
        original.Metadata.Xmp = "<x/>"u8.ToArray();
        using Image<Rgba32> there = original.ToImageSharp<Rgba32>();
        using MemoryStream file = new();
        there.Save(file, new WebpEncoder { FileFormat = WebpFileFormatType.Lossless, TransparentColorMode = WebpTransparentColorMode.Preserve });
        file.Position = 0;
        using Image<Rgba32> read = SixLabors.ImageSharp.Image.Load<Rgba32>(file);
        Imaging.Image back = read.ToPgpSr();
        Assert.True(original.Bytes.SequenceEqual(back.Bytes));
        Assert.Equal(original.Metadata.Xmp, back.Metadata.Xmp);
    }

    [Fact]
    public void A_file_that_names_no_resolution_gets_none()
    {
        Imaging.Image original = Noise(3, 8);
        foreach (ImageFormat format in (ImageFormat[])[ImageFormat.Png, ImageFormat.Jpeg])
        {
            using MemoryStream file = new();
            original.Save(file, new() { Format = format });
            file.Position = 0;
            using Image<Rgb24> there = SixLabors.ImageSharp.Image.Load<Rgb24>(file);
            Assert.Null(there.ToPgpSr().Metadata.Resolution);
        }
        using Image<Rgb24> made = new(3, 2);
        Assert.Null(made.ToPgpSr().Metadata.Resolution);
        made.Metadata.HorizontalResolution = 300;
        Assert.Equal(new ImageResolution(300, 96, ResolutionUnit.Inch), made.ToPgpSr().Metadata.Resolution);
    }
}
