using System.Runtime.InteropServices;
using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Safetensors;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Managed.Tests;

/// <summary>Real-ESRGAN's networks from their files to pictures.</summary>
public sealed class RealEsrganTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("pgpsr-realesrgan").FullName;
    readonly CpuBackend _backend = CpuBackend.Create();

    public void Dispose()
    {
        _backend.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory, InlineData(4, 8, 2), InlineData(2, 6, 1), InlineData(1, 8, 1)]
    public void A_picture_is_what_the_network_makes_of_it(int scale, int features, int blocks)
    {
        var config = new RrdbConfig(scale, features, blocks, Growth: 4);
        string path = Save("rrdb.safetensors", config, "params_ema.");
        using var source = RealEsrgan.Open(path);
        using var network = RealEsrgan.Load(source, _backend);
        Same(path, network, TestPictures.Make(24, 20));
    }

    [Fact]
    public void The_compact_network_too()
    {
        string path = Save("compact.safetensors", new SrVggConfig(3, 8, 2), "params.");
        using var source = RealEsrgan.Open(path);
        using var network = RealEsrgan.Load(source, _backend);
        Same(path, network, TestPictures.Make(27, 19));
    }

    [Theory]
    [InlineData("realesrgan_params_ema.pth"), InlineData("realesrgan_params.pth"), InlineData("esrgan_old.pth")]
    [InlineData("esrgan_old_legacy_format.pth")]
    public void Every_published_layout_gives_the_same_picture(string file)
    {
        var image = TestPictures.Make(20, 18);
        using var resolver = SuperResolver.Load(Goldens.Checkpoint(file), _backend);
        Assert.Equal((ModelKind.RealEsrgan, 4, 1), (resolver.Model.Kind, resolver.Model.Scale, resolver.Model.DefaultSteps));
        Assert.Equal("RRDBNet, 2 blocks of 8 channels", resolver.Model.Description);
        using var first = SuperResolver.Load(Goldens.Checkpoint("realesrgan_params_ema.pth"), _backend);
        Assert.Equal(first.Upscale(image).Bytes.ToArray(), resolver.Upscale(image).Bytes.ToArray());
    }

    [Fact]
    public void Where_tiles_share_what_the_network_sees_they_differ_from_the_whole_at_borders_alone()
    {
        // Five convolutions: what lies five pixels inside a tile is the whole picture's.
        using var resolver = SuperResolver.Load(Save("compact.safetensors", new SrVggConfig(2, 8, 3), "params."), _backend);
        var image = TestPictures.Make(150, 70);
        var plan = resolver.Plan(150, 70, new UpscaleOptions { Tile = 64 });
        Assert.True(plan.Stages[0].Tiles > 2);
        Assert.InRange(plan.Overlap, 10, 32);
        byte[] whole = resolver.Upscale(image).Bytes.ToArray(), tiled = resolver.Upscale(image, new UpscaleOptions { Tile = 64 }).Bytes.ToArray();
        int differ = whole.Zip(tiled).Count(pair => pair.First != pair.Second);
        Assert.InRange(differ, 0, whole.Length / 4);
        Assert.Equal(tiled, resolver.Upscale(image, new UpscaleOptions { Tile = 64, Seed = 9 }).Bytes.ToArray());
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(
            () => { resolver.Upscale(image, new UpscaleOptions { Tile = 64 }, new Stopper(stop), stop.Token); });
    }

    [Fact]
    public void A_budget_makes_tiles_smaller_and_what_is_too_little_is_refused()
    {
        using var resolver = SuperResolver.Load(Save("rrdb.safetensors", new RrdbConfig(2, 8, 1, 4), ""), _backend);
        long least = Assert.Throws<MemoryBudgetException>(() => resolver.Plan(500, 300, new() { MemoryBudget = 1 << 16 })).SmallestBytes;
        Assert.True(resolver.Plan(500, 300, new() { MemoryBudget = least }).PeakBytes <= least);
        foreach (var options in (UpscaleOptions[])[new() { Steps = 2 }, new() { Guidance = 2 }, new() { Prompt = new Prompt() }])
            Assert.Throws<ArgumentException>(() => resolver.Plan(64, 64, options));
    }

    [Fact]
    public void Odd_sides_of_a_network_that_folds_pixels_are_continued_by_their_mirror_image()
    {
        using var resolver = SuperResolver.Load(Save("rrdb.safetensors", new RrdbConfig(1, 8, 1, 4), ""), _backend);
        const int width = 27, height = 21, wide = 28, high = 24;
        Image image = TestPictures.Make(width, height), extended = new(wide, high, 3);
        for (int y = 0; y < high; y++)
        {
            for (int x = 0; x < wide; x++)
            {
                int row = y < height ? y : 2 * (height - 1) - y, column = x < width ? x : 2 * (width - 1) - x;
                image.Row(row).Slice(column * 3, 3).CopyTo(extended.Row(y)[(x * 3)..]);
            }
        }
        Image result = resolver.Upscale(image), expected = resolver.Upscale(extended);
        Assert.Equal((width, height), (result.Width, result.Height));
        for (int y = 0; y < height; y++) Assert.True(result.Row(y).SequenceEqual(expected.Row(y)[..(width * 3)]), $"row {y}");
    }

    [Fact]
    public void Denoising_is_mixed_with_the_twin_that_lies_beside()
    {
        var config = new SrVggConfig(4, 8, 2);
        string strong = Save("realesr-general-x4v3.safetensors", config, "params.", seed: 1),
            other = Save("x4plus.safetensors", config, "", seed: 1);
        Assert.Contains("realesr-general-wdn-x4v3.safetensors", Refused(strong, new() { Denoise = 0.5f }), StringComparison.Ordinal);
        string weak = Save("realesr-general-wdn-x4v3.safetensors", config, "params.", seed: 2);
        var image = TestPictures.Make(20, 16);
        byte[] Result(string path, float? denoise)
        {
            using var resolver = SuperResolver.Load(path, _backend, new ModelOptions { Denoise = denoise });
            return resolver.Upscale(image).Bytes.ToArray();
        }
        byte[] alone = Result(strong, null), none = Result(strong, 0), half = Result(strong, 0.5f);
        Assert.Equal(alone, Result(strong, 1));
        Assert.Equal(Result(weak, null), none);
        Assert.NotEqual(alone, half);
        Assert.NotEqual(none, half);
        Assert.Contains("recognized by their names", Refused(other, new() { Denoise = 0.5f }), StringComparison.Ordinal);
        foreach (float wrong in (float[])[-0.1f, 1.5f, float.NaN])
            Assert.Throws<ArgumentException>(() => SuperResolver.Load(strong, _backend, new ModelOptions { Denoise = wrong }));
        // Twins of two widths are no twins.
        Save("realesr-general-wdn-x4v3.safetensors", config with { Features = 4 }, "params.", seed: 2);
        Assert.Contains("2 convolutions of 4 channels", Refused(strong, new() { Denoise = 0.5f }), StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_and_other_networks_are_named()
    {
        var config = new RrdbConfig(4, 8, 2, 4);
        void Says(string text, Func<TensorDeclaration, TensorDeclaration?> change) =>
            Assert.Contains(text, Refused(Write("x.safetensors", RrdbNet.Declare(config).Select(change).OfType<TensorDeclaration>(), "", 1), new()),
                StringComparison.Ordinal);
        Says("an incomplete file", t => t.Name.StartsWith("conv_first", StringComparison.Ordinal) ? null : t);
        Says("SwinIR", t => t.Name.StartsWith("body", StringComparison.Ordinal) ? null : t);
        Says("conv_last", t => t.Name.StartsWith("conv_last", StringComparison.Ordinal) ? null : t);
        Says("body.1.rdb2.conv3.weight", t => t.Name == "body.1.rdb2.conv3.weight" ? null : t);
        Says("conv_first takes 1 channels", t => t.Name == "conv_first.weight" ? t with { Shape = new Shape(8, 1, 3, 3) } : t);
        Says("conv_up2", t => t.Name.StartsWith("conv_up1", StringComparison.Ordinal) ? null : t);
        // No network of the first release has a layer there.
        Says("first release", t => t with { Name = t.Name.Replace("conv_up2", "model.5", StringComparison.Ordinal) });
        string file = Save("whole.safetensors", config, "");
        var refusal = Assert.Throws<ArgumentException>(() => SuperResolver.Load(file, _backend, new ModelOptions { Vae = "tiny" }));
        Assert.Contains("autoencoder", refusal.Message, StringComparison.Ordinal);
        byte[] pickle = File.ReadAllBytes(Goldens.Checkpoint("srvgg_params.pth"));
        string damaged = Path.Combine(_folder, "damaged.pth");
        File.WriteAllBytes(damaged, pickle[..(pickle.Length / 2)]);
        Assert.ThrowsAny<PgpSrException>(() => SuperResolver.Load(damaged, _backend));
        // What is named as PyTorch's files are is told in their terms.
        foreach (byte[] content in (byte[][])[[], [1, 2, 3], [.. Enumerable.Range(0, 4096).Select(i => (byte)(i * 37 + i / 7))]])
        {
            string pickled = Path.Combine(_folder, "random.pkl");
            File.WriteAllBytes(pickled, content);
            string message = Assert.ThrowsAny<PgpSrException>(() => SuperResolver.Load(pickled, _backend)).Message;
            Assert.Contains("random.pkl", message, StringComparison.Ordinal);
            Assert.DoesNotContain("safetensors", message, StringComparison.OrdinalIgnoreCase);
        }
        // TAESD's decoder is none that enlarges a picture.
        Assert.Contains("of an unknown network", Assert.Throws<ConfigException>(
            () => SuperResolver.Load(Goldens.Checkpoint("taesd_decoder_excerpt.pth"), _backend)).Message, StringComparison.Ordinal);
    }

    string Refused(string path, ModelOptions options)
    {
        var refusal = Assert.ThrowsAny<Exception>(() => SuperResolver.Load(path, _backend, options));
        Assert.True(refusal is ConfigException or WeightsException, refusal.ToString());
        return refusal.Message;
    }

    // The whole picture through the network itself, rounded as the publishers do.
    void Same(string path, IPixelUpscaler network, Image image)
    {
        using var resolver = SuperResolver.Load(path, _backend);
        var result = resolver.Upscale(image);
        Assert.Equal((image.Width * network.Scale, image.Height * network.Scale), (result.Width, result.Height));
        using var ws = new Workspace(_backend);
        var x = ws.Upload([.. image.Bytes.ToArray().Select(value => value / 255f)], new Shape(1, image.Height, image.Width, 3));
        float[] expected = ws.Download(network.Forward(ws, x));
        for (int i = 0; i < expected.Length; i++)
        {
            float level = Math.Clamp(expected[i], 0, 1) * 255;
            // Half a level, and what the way over [-1, 1] rounds.
            Assert.InRange(result.Bytes[i] - level, -0.501f, 0.501f);
        }
    }

    string Save(string file, IPixelUpscalerConfig config, string prefix, long seed = 3) => Write(file, config.Declare(), prefix, seed);

    string Write(string file, IEnumerable<TensorDeclaration> tensors, string prefix, long seed)
    {
        var writer = new SafetensorsWriter();
        foreach (var (name, shape) in tensors)
        {
            int[] axes = [.. Enumerable.Range(0, shape.Rank).Select(i => shape[i])];
            writer.Add(prefix + name, SafetensorsDType.Float32, [.. axes.Select(axis => (long)axis)],
                MemoryMarshal.AsBytes<float>(GeneratedWeights.Create(seed, name, axes)).ToArray());
        }
        string path = Path.Combine(_folder, file);
        writer.Write(path);
        return path;
    }

    sealed class Stopper(CancellationTokenSource stop) : IProgress<UpscaleProgress>
    {
        public void Report(UpscaleProgress value)
        {
            if (value.Tile > 0) stop.Cancel();
        }
    }
}
