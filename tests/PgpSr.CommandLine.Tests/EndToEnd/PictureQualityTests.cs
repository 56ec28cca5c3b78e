using System.Globalization;
using PgpSr.Imaging;

namespace PgpSr.CommandLine.Tests.EndToEnd;

/// <summary>What users of other tools lose: tested from file to file through the program with the default model.</summary>
public sealed class PictureQualityTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    Image Upscale(string source, string destination, params string[] options)
    {
        CommandRun run = CommandRun.Of(["upscale", source, "-o", _scratch[destination], .. options]);
        Assert.True(run.Code == ExitCode.Ok, run.Error);
        return Image.Load(_scratch[destination]);
    }

    static double Mean(Image image, int channel)
    {
        double sum = 0;
        int count = image.Width * image.Height;
        for (int i = 0; i < count; i++)
            sum += image.BitDepth == 8 ? image.Bytes[i * image.Channels + channel] : image.Words[i * image.Channels + channel] / 257.0;
        return sum / count;
    }

    [Theory, InlineData(3), InlineData(6), InlineData(8)]
    public void A_picture_that_is_to_be_turned_comes_out_upright_and_says_so(int orientation)
    {
        Image lying = TestPictures.Make(24, 16);
        lying.Metadata.Exif = ExifFiles.Orientation(orientation);
        string source = _scratch.Save("lying.jpg", lying);
        Image upright = Image.Load(source);
        bool turned = orientation >= 5;
        Assert.Equal(turned ? (16, 24) : (24, 16), (upright.Width, upright.Height));
        upright.Metadata.Exif = null;
        Image expected = Upscale(_scratch.Save("upright.png", upright), "expected.png"), result = Upscale(source, "result.png");
        Assert.Equal(expected.Info, result.Info);
        Assert.True(expected.Bytes.SequenceEqual(result.Bytes));
        Assert.Equal(ExifFiles.Orientation(1), result.Metadata.Exif![..ExifFiles.Orientation(1).Length]);
        // A program that turns pictures by the tag must not turn this one again.
        Assert.Equal((result.Width, result.Height), (Upscale(source, "again.jpg").Width, Image.Load(_scratch["again.jpg"]).Height));
    }

    [Theory, InlineData("png"), InlineData("jpg"), InlineData("tif")]
    public void Profile_XMP_and_resolution_come_along(string extension)
    {
        Image image = TestPictures.Make(20, 14);
        byte[] profile = new byte[3000];
        new Random(3).NextBytes(profile.AsSpan(128));
        "RGB "u8.CopyTo(profile.AsSpan(16));
        image.Metadata.IccProfile = profile;
        image.Metadata.Xmp = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"/>"u8.ToArray();
        image.Metadata.Resolution = new(300, 300, ResolutionUnit.Inch);
        Image result = Upscale(_scratch.Save($"a.{extension}", image), $"b.{extension}");
        Assert.Equal(profile, result.Metadata.IccProfile);
        Assert.Equal(image.Metadata.Xmp, result.Metadata.Xmp);
        ImageResolution resolution = result.Metadata.Resolution!.Value;
        double inches = resolution.Unit switch { ResolutionUnit.Meter => 0.0254, ResolutionUnit.Centimeter => 2.54, _ => 1 };
        Assert.Equal(300, resolution.Horizontal * inches, 0.1);
        Assert.Null(Upscale(_scratch[$"a.{extension}"], $"c.{extension}", "--no-metadata").Metadata.IccProfile);
    }

    [Fact]
    public void Sixteen_bits_stay_sixteen_and_agree_with_eight()
    {
        Image deep = TestPictures.Make(32, 24, 3, 16);
        for (int i = 0; i < deep.Words.Length; i++) deep.Words[i] = (ushort)Math.Clamp(deep.Words[i] + i % 257 - 128, 0, ushort.MaxValue);
        Image result = Upscale(_scratch.Save("deep.png", deep), "deep-x4.tif");
        Assert.Equal(16, result.BitDepth);
        int between = 0;
        foreach (ushort word in result.Words) between += word % 257 == 0 ? 0 : 1;
        Assert.True(between > result.Words.Length * 9 / 10, "the values are those of 8 bits widened");

        _scratch.Save("flat.png", deep, new() { BitDepth = 8 });
        Image flat = Upscale(_scratch["flat.png"], "flat-x4.png");
        double squared = 0;
        for (int i = 0; i < flat.Bytes.Length; i++) squared += Math.Pow(flat.Bytes[i] - result.Words[i] / 257.0, 2);
        // Rounding the source moves samples by 0.29 levels, rounding the result by as much; a network that sharpens amplifies the former a few times.
        Assert.InRange(Math.Sqrt(squared / flat.Bytes.Length), 0, 1.5);
    }

    [Fact]
    public void Gray_stays_gray_and_looks_like_the_same_picture_in_color()
    {
        Image gray = TestPictures.Make(32, 24, 1), color = new(32, 24, 3);
        for (int i = 0; i < gray.Bytes.Length; i++) color.Bytes.Slice(3 * i, 3).Fill(gray.Bytes[i]);
        Image small = Upscale(_scratch.Save("gray.png", gray), "gray-x4.png"), large = Upscale(_scratch.Save("color.png", color), "color-x4.png");
        Assert.Equal(1, small.Channels);
        double worst = 0;
        for (int i = 0; i < small.Bytes.Length; i++)
            worst = Math.Max(worst, Math.Abs(small.Bytes[i] - (large.Bytes[3 * i] + large.Bytes[3 * i + 1] + large.Bytes[3 * i + 2]) / 3.0));
        // One channel is the mean or the luma of three that hardly differ.
        Assert.InRange(worst, 0, 12);
    }

    [Fact]
    public void Alpha_is_kept_and_what_is_hidden_under_it_does_not_bleed_out()
    {
        // A bright red disc on transparent black: interpolated naively, its rim turns dark.
        Image disc = new(40, 40, 4);
        for (int y = 0; y < 40; y++)
            for (int x = 0; x < 40; x++)
            {
                double inside = 14.5 - Math.Sqrt((x - 19.5) * (x - 19.5) + (y - 19.5) * (y - 19.5));
                if (inside > -0.5)
                {
                    Span<byte> pixel = disc.Row(y).Slice(4 * x, 4);
                    (pixel[0], pixel[1], pixel[2], pixel[3]) = (230, 40, 30, (byte)(255 * Math.Clamp(inside + 0.5, 0, 1)));
                }
            }
        Image result = Upscale(_scratch.Save("disc.png", disc), "disc-x4.png");
        Assert.Equal(4, result.Channels);
        int seen = 0;
        double area = 0;
        for (int i = 0; i < result.Bytes.Length; i += 4)
        {
            area += result.Bytes[i + 3] / 255.0;
            if (result.Bytes[i + 3] < 8) continue;
            seen++;
            Assert.True(result.Bytes[i] > 200 && result.Bytes[i + 1] < 80, $"pixel {i / 4}: {string.Join(' ', result.Bytes.Slice(i, 4).ToArray())}");
        }
        Assert.True(seen > 9000);
        Assert.Equal(Mean(disc, 3) * 1600 * 16 / 255, area, 16 * 1600 * 0.01);
        Assert.Equal(0, result.Bytes[3]);
        Assert.Equal(255, result.Row(80)[80 * 4 + 3]);
    }

    [Fact]
    public void An_opaque_alpha_changes_no_color()
    {
        Image plain = TestPictures.Make(28, 20), opaque = TestPictures.Make(28, 20, 4);
        Image a = Upscale(_scratch.Save("plain.png", plain), "a.png"), b = Upscale(_scratch.Save("opaque.png", opaque), "b.png");
        for (int i = 0; i < a.Width * a.Height; i++)
        {
            Assert.True(a.Bytes.Slice(3 * i, 3).SequenceEqual(b.Bytes.Slice(4 * i, 3)), $"pixel {i}");
            Assert.Equal(255, b.Bytes[4 * i + 3]);
        }
    }

    [Theory, InlineData("auto"), InlineData("none"), InlineData("adain"), InlineData("wavelet")]
    public void Colors_stay_what_they_were(string fix)
    {
        Image image = TestPictures.Make(40, 30);
        for (int i = 0; i < image.Bytes.Length; i += 3)
            (image.Bytes[i], image.Bytes[i + 2]) = ((byte)(image.Bytes[i] * 3 / 4), (byte)(55 + image.Bytes[i + 2] * 3 / 4));
        Image result = Upscale(_scratch.Save("a.png", image), "b.png", "--color", fix);
        for (int c = 0; c < 3; c++) Assert.Equal(Mean(image, c), Mean(result, c), 2.0);
    }

    [Fact]
    public void No_tile_border_can_be_found_in_the_result()
    {
        // A sky: nothing hides a step in it. 16 bits, so that rounding does not either.
        Image sky = new(160, 110, 3, 16);
        for (int i = 0; i < sky.Words.Length; i++) sky.Words[i] = (ushort)(20000 + i % 480 / 3 * 120 + i / 480 * 60 + i % 3 * 4000);
        string source = _scratch.Save("a.png", sky);
        float[] whole = Luma(Upscale(source, "whole.png"));
        double apart = LargestStep(Luma(Upscale(source, "hard.png", "--tile", "64", "--overlap", "0")), whole, 640, 440);
        foreach (int tile in (int[])[64, 96])
        {
            double step = LargestStep(Luma(Upscale(source, $"t{tile}.png", "--tile", tile.ToString(CultureInfo.InvariantCulture))), whole, 640, 440);
            TestContext.Current.TestOutputHelper?.WriteLine($"tile {tile}: {step:0.0000} levels; without overlap {apart:0.0000}");
            Assert.InRange(step, 0, 0.1);
            Assert.True(step < apart / 2, $"{step} levels, and without overlap {apart}");
        }
    }

    // The largest mean step, in levels of 255, across any line of one picture beyond that of the other: what an eye follows along a border. The
    // outermost lines are left out: there a tile and the whole are continued differently beyond the picture.
    static double LargestStep(float[] picture, float[] other, int width, int height)
    {
        const int Outermost = 32;
        double largest = 0;
        for (int x = Outermost; x < width - Outermost; x++)
        {
            double step = 0;
            for (int i = x; i < picture.Length; i += width) step += picture[i] - picture[i - 1] - (other[i] - other[i - 1]);
            largest = Math.Max(largest, Math.Abs(step) / height);
        }
        for (int y = Outermost; y < height - Outermost; y++)
        {
            double step = 0;
            for (int i = y * width; i < (y + 1) * width; i++) step += picture[i] - picture[i - width] - (other[i] - other[i - width]);
            largest = Math.Max(largest, Math.Abs(step) / width);
        }
        return largest;
    }

    static float[] Luma(Image image) => [.. ImageMetrics.Luma(image).Select(y => (float)y)];
}
