using System.Security.Cryptography;
using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Managed.Tests;

public sealed class SuperResolverTests : IDisposable
{
    readonly CpuBackend _backend = CpuBackend.Create();

    public void Dispose() => _backend.Dispose();

    [Fact]
    public void The_embedded_default_model_makes_a_picture_four_times_larger_that_is_near_the_bicubic_one_and_not_the_same()
    {
        using var resolver = SuperResolver.Load(_backend);
        var source = TestPictures.Make(40, 24);
        var large = resolver.Upscale(source);
        var bicubic = Resizer.Resize(source, 160, 96, ResizeFilter.Bicubic);
        Assert.Equal(new ImageInfo(160, 96, 3, 8), large.Info);
        Assert.InRange(ImageMetrics.PsnrLuma(large, bicubic, 4), 20, 50);
    }

    [Fact]
    public void One_tile_is_what_the_model_says_added_to_the_bicubic_enlargement()
    {
        using var resolver = TestModels.Load(TestModels.Residual, _backend);
        var source = TestPictures.Make(52, 37);
        var large = resolver.Upscale(source);

        using var weights = new EditedSource(new Testing.GeneratedSource(7, PgpModel.Declare(TestModels.Residual)), TestModels.Quiet);
        using var model = PgpModel.Load(weights, _backend, TestModels.Residual);
        using var ws = new Workspace(_backend);
        float[] samples = new float[52 * 37 * 3], enlarged = new float[samples.Length * 16];
        PixelConversion.ToInterleaved(source.Bytes, source.Info, PixelRange.MinusOneToOne, 3, samples);
        Resizer.Resize(samples, 52, 37, 3, 208, 148, ResizeFilter.Bicubic, enlarged);
        var z = ws.Upload(samples, new Shape(1, 37, 52, 3));
        var residual = ws.Download(ws.DepthToSpace(model.Forward(ws, z, model.Guide(ws, z), 300), 4));
        for (int i = 0; i < residual.Length; i++) residual[i] += enlarged[i];
        var expected = new Image(208, 148, 3);
        PixelConversion.FromInterleaved(residual, 3, PixelRange.MinusOneToOne, PixelRounding.Nearest, expected.Info, expected.Bytes);
        TestPictures.AssertSame(expected, large);
    }

    [Theory]
    [InlineData(1, 8)]
    [InlineData(1, 16)]
    [InlineData(2, 8)]
    [InlineData(2, 16)]
    [InlineData(3, 8)]
    [InlineData(3, 16)]
    [InlineData(4, 8)]
    [InlineData(4, 16)]
    public void Every_layout_keeps_its_layout_and_its_content(int channels, int bitDepth)
    {
        using var resolver = SuperResolver.Load(_backend);
        var source = TestPictures.Make(48, 40, channels, bitDepth);
        source.Metadata.SetText("Author", "somebody");
        source.Metadata.Resolution = new ImageResolution(300, 300, ResolutionUnit.Inch);
        var large = resolver.Upscale(source);
        Assert.Equal(source.Info with { Width = 192, Height = 160 }, large.Info);
        Assert.Equal("somebody", large.Metadata.FindText("Author"));
        Assert.Equal(source.Metadata.Resolution, large.Metadata.Resolution);
        for (int c = 0; c < channels; c++)
        {
            double difference = 0, sum = 0;
            for (int y = 0; y < 160; y++)
            {
                for (int x = 0; x < 192; x++)
                {
                    double fine = TestPictures.Get(large, x, y, c), coarse = TestPictures.Get(source, x / 4, y / 4, c);
                    difference += Math.Abs(fine - coarse);
                    sum += fine;
                }
            }
            Assert.True(difference / (192 * 160) < 0.08, $"channel {c} differs by {difference / (192 * 160)} on average");
            Assert.InRange(sum / (192 * 160), 0.2, 0.8);
        }
    }

    [Fact]
    public void Sixteen_bits_are_not_eight_bits_in_disguise()
    {
        using var resolver = SuperResolver.Load(_backend);
        var large = resolver.Upscale(TestPictures.Make(32, 32, 3, 16));
        int between = 0;
        foreach (ushort word in large.Words) between += word % 257 == 0 ? 0 : 1;
        Assert.True(between > 0.9 * large.Words.Length, $"{between} of {large.Words.Length} samples lie between the values of 8 bits");
    }

    [Fact]
    public void What_lies_under_transparent_pixels_does_not_reach_the_visible_ones()
    {
        using var resolver = SuperResolver.Load(_backend);
        var black = TestPictures.Make(64, 32, 4);
        var white = TestPictures.Make(64, 32, 4);
        for (int i = 0; i < black.Bytes.Length; i += 4)
        {
            if (black.Bytes[i + 3] != 0) continue;
            black.Bytes.Slice(i, 3).Clear();
            white.Bytes.Slice(i, 3).Fill(255);
        }
        TestPictures.AssertSame(resolver.Upscale(black), resolver.Upscale(white));
    }

    [Fact]
    public void Alpha_is_the_enlarged_alpha_and_an_opaque_one_stays_opaque()
    {
        using var resolver = SuperResolver.Load(_backend);
        var source = TestPictures.Make(40, 32, 4);
        var large = resolver.Upscale(source);
        var expected = Resizer.Resize(AlphaChannel.Split(source).Alpha!, 160, 128, ResizeFilter.Bicubic);
        for (int p = 0; p < 160 * 128; p++) Assert.Equal(expected.Bytes[p], large.Bytes[4 * p + 3]);

        for (int i = 3; i < source.Bytes.Length; i += 4) source.Bytes[i] = 255;
        large = resolver.Upscale(source);
        Assert.Equal(4, large.Channels);
        for (int i = 3; i < large.Bytes.Length; i += 4) Assert.Equal(255, large.Bytes[i]);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 200)]
    [InlineData(3, 2)]
    [InlineData(17, 16)]
    public void The_smallest_pictures_work(int width, int height)
    {
        using var resolver = SuperResolver.Load(_backend);
        var large = resolver.Upscale(TestPictures.Make(width, height));
        Assert.Equal((4 * width, 4 * height), (large.Width, large.Height));
    }

    [Fact]
    public void A_picture_of_one_color_is_not_taken_for_a_broken_one()
    {
        using var resolver = SuperResolver.Load(_backend);
        var large = resolver.Upscale(TestPictures.Constant(40, 40, 0.5));
        Assert.Equal((160, 160), (large.Width, large.Height));
    }

    [Fact]
    public void Models_are_found_by_name_and_by_path_and_nothing_else()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        try
        {
            using (var file = File.Create(path)) ModelCatalog.Open(ModelCatalog.Default).CopyTo(file);
            using var byName = SuperResolver.Load(_backend);
            using var byPath = SuperResolver.Load(path, _backend);
            Assert.Equal(byName.Model.Sha256, byPath.Model.Sha256);
            Assert.Equal(byName.Model.ParameterCount, byPath.Model.ParameterCount);
            Assert.Equal(("embedded", path), (byName.Model.Source, byPath.Model.Source));
            var source = TestPictures.Make(20, 20);
            TestPictures.AssertSame(byName.Upscale(source), byPath.Upscale(source));
        }
        finally
        {
            File.Delete(path);
        }
        var missing = Assert.Throws<ModelNotFoundException>(() => SuperResolver.Load("no-such-model", _backend));
        Assert.Contains(ModelCatalog.Default, missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_model_with_a_name_describes_itself()
    {
        // The default, and those of the packages that this project references.
        Assert.Equal(["pgp-s1-x2", ModelCatalog.Default, "pgp-s1-x4-vivid"], ModelCatalog.Names);
        foreach (string name in ModelCatalog.Names)
        {
            var model = ModelCatalog.Describe(name);
            using var stream = ModelCatalog.Open(name);
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(stream)), model.Sha256);
            Assert.True(model.ParameterCount > 1000, name);
            Assert.NotEmpty(model.License);
        }
        Assert.Throws<ModelNotFoundException>(() => ModelCatalog.Open("no-such-model"));
    }
}
