using SixLabors.ImageSharp;
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
        original.Metadata.Resolution = new(300, 150, ResolutionUnit.Inch);
        using Image<Rgb24> there = original.ToImageSharp<Rgb24>();
        Imaging.Image back = there.ToPgpSr();
        Assert.Equal(original.Metadata.Xmp, back.Metadata.Xmp);
        Assert.Equal(original.Metadata.Resolution, back.Metadata.Resolution);
        Assert.Equal(200, back.Metadata.IccProfile!.Length);
    }
}
