using System.Runtime.InteropServices;
using PgpSr.Testing;

namespace PgpSr.Imaging.Tests;

/// <summary>Cases of the kinds <c>images</c>, <c>tiles</c> and the image ends of <c>faithdiff_pipeline</c>, computed by Pillow, scikit-image and
/// FaithDiff.</summary>
public sealed class GoldenTests
{
    public static TheoryData<string> Images => [.. Goldens.Of(GoldenKinds.Images)];

    public static TheoryData<string> Tiles => [.. Goldens.Of(GoldenKinds.Tiles)];

    public static TheoryData<string> Pipelines => [.. Goldens.Of(GoldenKinds.FaithDiffPipeline)];

    public static TheoryData<string> TorchResizes => [.. Goldens.Of(GoldenKinds.TorchResize)];

    [Theory(SkipTestWithoutData = true), MemberData(nameof(TorchResizes))]
    public void PyTorch_s_bicubic_filters_agree(string path)
    {
        using GoldenCase golden = GoldenCase.Open(path);
        Image source = ReadImage(golden, "input.image");
        float[] samples = Interleaved(source);
        foreach (var entry in golden.Config.GetProperty("cases").EnumerateArray())
        {
            int width = entry.GetProperty("width").GetInt32(), height = entry.GetProperty("height").GetInt32();
            ResizeFilter filter = entry.GetProperty("antialias").GetBoolean() ? ResizeFilter.Bicubic : ResizeFilter.TorchBicubic;
            float[] resized = new float[width * height * 3];
            Resizer.Resize(samples, source.Width, source.Height, 3, width, height, filter, resized);
            golden.Check($"output.{entry.GetProperty("name").GetString()}", ToPlanes(resized));
        }
    }

    static Image ReadImage(GoldenCase golden, string name)
    {
        int[] shape = golden.Shape(name);
        Image image = new(shape[1], shape[0], shape[2]);
        golden.Bytes(name).CopyTo(image.Bytes);
        return image;
    }

    static float[] Interleaved(Image image)
    {
        float[] floats = new float[image.Width * image.Height * 3];
        PixelConversion.ToInterleaved(image.Bytes, image.Info, PixelRange.ZeroToOne, 3, floats);
        return floats;
    }

    static float[] ToPlanes(float[] interleaved)
    {
        int pixels = interleaved.Length / 3;
        float[] planes = new float[interleaved.Length];
        for (int i = 0; i < interleaved.Length; i++) planes[i % 3 * pixels + i / 3] = interleaved[i];
        return planes;
    }

    static double[] Doubles(GoldenCase golden, string name) => MemoryMarshal.Cast<byte, double>(golden.Bytes(name)).ToArray();

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Images))]
    public void Images_agree_with_Pillow_and_scikit_image(string path)
    {
        using GoldenCase golden = GoldenCase.Open(path);
        Image rgb = ReadImage(golden, "input.rgb"), reference = ReadImage(golden, "input.reference"), noisy = ReadImage(golden, "input.noisy");
        foreach (string name in golden.Outputs)
        {
            string what = name["output.".Length..];
            switch (what)
            {
                case "psnr_rgb":
                    Assert.Equal(Doubles(golden, name)[0], ImageMetrics.Psnr(rgb, noisy), 1e-9);
                    break;
                case "psnr_y":
                    Assert.Equal(Doubles(golden, name)[0], ImageMetrics.PsnrLuma(rgb, noisy), 1e-9);
                    break;
                case "ssim_y":
                    Assert.Equal(Doubles(golden, name)[0], ImageMetrics.SsimLuma(rgb, noisy), 1e-9);
                    break;
                case "adain" or "wavelet":
                    float[] fixedColors = Interleaved(rgb);
                    ColorFix.Apply(fixedColors, Interleaved(reference), rgb.Width, rgb.Height, 3,
                        what == "adain" ? ColorFixMethod.AdaIn : ColorFixMethod.Wavelet);
                    golden.Check(name, ToPlanes(fixedColors));
                    break;
                default:
                    Image expected = ReadImage(golden, name);
                    Image actual =
                        Resizer.Resize(rgb, expected.Width, expected.Height, Enum.Parse<ResizeFilter>(what.Split('_')[0], ignoreCase: true));
                    Assert.True(expected.Bytes.SequenceEqual(actual.Bytes),
                        $"{golden.Name} {what}: byte {expected.Bytes.CommonPrefixLength(actual.Bytes)} differs");
                    break;
            }
        }
    }

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Pipelines))]
    public void FaithDiff_s_input_and_color_fix_agree(string path)
    {
        using GoldenCase golden = GoldenCase.Open(path);
        Image small = ReadImage(golden, "input.lq"), expected = ReadImage(golden, "output.upscaled_lq");
        Image large = Resizer.Resize(small, expected.Width, expected.Height, ResizeFilter.Lanczos);
        Pictures.AssertSame(expected, large);

        // The note: AdaIN on the 8-bit-rounded image against the Lanczos upscaled input.
        Image restored = new(large.Width, large.Height, 3);
        float[] planar = golden.Singles("output.image");
        float[] pixels = [.. Enumerable.Range(0, planar.Length).Select(i => planar[i % 3 * (planar.Length / 3) + i / 3])];
        PixelConversion.FromInterleaved(pixels, 3, PixelRange.ZeroToOne, PixelRounding.Nearest, restored.Info, restored.Bytes);
        float[] fixedColors = Interleaved(restored);
        ColorFix.AdaIn(fixedColors, Interleaved(large), 3);
        float[] planes = ToPlanes(fixedColors);
        for (int i = 0; i < planes.Length; i++) planes[i] = Math.Clamp(planes[i], 0, 1);
        golden.Check("output.colour_fixed", planes);
    }

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Tiles))]
    public void Tiles_agree_with_FaithDiff(string path)
    {
        using GoldenCase golden = GoldenCase.Open(path);
        string[] cases = [.. golden.Config.GetProperty("cases").EnumerateArray().Select(c => c.GetString()!)];
        Assert.NotEmpty(cases);
        foreach (string name in cases)
        {
            int[] shape = golden.Shape($"input.latent_{name}");
            int height = shape[1], width = shape[2];
            TileGrid grid = TileGrid.Create(width, height, int.Parse(name.Split('k')[1], System.Globalization.CultureInfo.InvariantCulture));
            Assert.Equal(golden.Integers($"output.rows_{name}"), grid.Rows.Select(r => (long)r));
            Assert.Equal(golden.Integers($"output.cols_{name}"), grid.Columns.Select(c => (long)c));
            AssertClose(Doubles(golden, $"output.weight_row_{name}"), TileWeights.GaussianRows(grid.TileHeight));
            AssertClose(Doubles(golden, $"output.weight_col_{name}"), TileWeights.GaussianColumns(grid.TileWidth));

            float[] latent = golden.Singles($"input.latent_{name}");
            TileMerger merger = TileMerger.CreateGaussian(grid, 1);
            float[] merged = new float[latent.Length];
            foreach (Tile tile in grid.Tiles)
            {
                float[] crop = new float[tile.Width * tile.Height];
                for (int i = 0; i < crop.Length; i++)
                    crop[i] = latent[(tile.Y + i / tile.Width) * width + tile.X + i % tile.Width] * (1 + 0.01f * tile.Index);
                merger.Add(crop);
                merger.Take(merged.AsSpan(merger.NextRow * width, merger.RowsReady * width));
            }
            Assert.Equal(height, merger.NextRow);
            golden.Check($"output.merged_{name}", merged);
        }
    }

    static void AssertClose(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], Math.Abs(expected[i]) * 1e-12);
    }

    [Fact]
    public void There_are_cases()
    {
        Assert.NotEmpty(Images);
        Assert.NotEmpty(Tiles);
        Assert.NotEmpty(Pipelines);
    }
}
