using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Safetensors;
using PgpSr.Testing;

namespace PgpSr.Managed.Tests;

/// <summary>AdcSR from its files to pictures.</summary>
public sealed class AdcSrTests : IDisposable
{
    const long Seed = 81;

    readonly string _folder = Directory.CreateTempSubdirectory("pgpsr-adcsr").FullName;
    readonly CpuBackend _backend = CpuBackend.Create();

    public static TheoryData<string> Goldens() => [.. Testing.Goldens.Of(GoldenKinds.AdcSr)];

    public void Dispose()
    {
        _backend.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Goldens))]
    public void A_picture_comes_out_as_the_publishers(string path)
    {
        using var golden = GoldenCase.Open(path);
        var config = AdcSrCases.Config(golden);
        string model = Path.Combine(_folder, "adcsr.safetensors");
        using (var source = AdcSrCases.Source(golden.Seed, config)) Save(model, source, AdcSrConfigJson.Write(config));
        using var resolver = SuperResolver.Load(model, _backend);
        int[] shape = golden.Shape("input.lr");
        var image = new Image(new ImageInfo(shape[1], shape[0], 3, 8));
        golden.Bytes("input.lr").CopyTo(image.Bytes);
        var result = resolver.Upscale(image);
        byte[] expected = golden.Bytes("output.image");
        Assert.Equal((shape[1] * 4, shape[0] * 4, expected.Length), (result.Width, result.Height, result.Bytes.Length));
        int off = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.InRange(result.Bytes[i] - expected[i], -1, 1);
            if (result.Bytes[i] != expected[i]) off++;
        }
        // Where a float lies at a level's edge, its last bits decide.
        TestContext.Current.TestOutputHelper?.WriteLine($"{off} of {expected.Length} differ by one");
        Assert.InRange(off, 0, expected.Length * 0.02);
    }

    [Fact]
    public void The_published_files_give_the_network_that_was_saved()
    {
        Publish();
        using var network = new RenamedSource(CheckpointFile.Open(Path.Combine(_folder, "net_params_200.pkl")), AdcSrTopology.TranslateNetwork);
        using var decoder = new RenamedSource(CheckpointFile.Open(Path.Combine(_folder, "halfDecoder.ckpt")), AdcSrTopology.TranslateDecoder);
        var config = Small();
        var tensors = AdcSrModel.Declare(config);
        Assert.Equal(tensors.Select(tensor => tensor.Name).Order(StringComparer.Ordinal),
            network.Keys.Concat(decoder.Keys).Order(StringComparer.Ordinal));
        foreach (var (name, shape) in tensors)
        {
            int[] axes = [.. Enumerable.Range(0, shape.Rank).Select(i => shape[i])];
            WeightSource source = network.TryDescribe(name, out _) ? network : decoder;
            Assert.Equal(GeneratedWeights.Create(Seed, AdcSrCases.Published(name), axes), source.Read(name).ToArray());
        }
        using var both = new OverlaySource(network, decoder);
        Assert.Equal(tensors.Sum(tensor => tensor.Shape.Count), AdcSrModel.Load(both, _backend, config).ParameterCount);
    }

    [Fact]
    public void Parts_that_are_missing_mixed_or_doubled_are_named()
    {
        Publish();
        string network = Path.Combine(_folder, "net_params_200.pkl"), decoder = Path.Combine(_folder, "halfDecoder.ckpt");
        // Six channels are no head of the published network, and keys do not tell another.
        Refused(_folder, "6 channels", "head");
        Refused(decoder, "6 channels");
        File.Copy(network, Path.Combine(_folder, "copy.pkl"));
        Refused(_folder, "twice", "copy.pkl");
        File.Delete(Path.Combine(_folder, "copy.pkl"));
        File.Delete(decoder);
        Refused(_folder, "net_params_200.pkl", "without its decoder", "halfDecoder.ckpt", "github.com");
        Refused(network, "without its decoder");
        File.Move(network, Path.Combine(_folder, "unet.pkl"));
        Refused(_folder, "unet.pkl", "without its decoder");
        File.Delete(Path.Combine(_folder, "unet.pkl"));
        File.Copy(Testing.Goldens.Checkpoint("adcsr_halfDecoder.ckpt"), decoder);
        Refused(_folder, "without its UNet", "net_params_200.pkl");
        byte[] damaged = File.ReadAllBytes(decoder);
        File.WriteAllBytes(decoder, damaged[..(damaged.Length / 2)]);
        Assert.ThrowsAny<PgpSrException>(() => SuperResolver.Load(_folder, _backend));
    }

    [Fact]
    public void Published_widths_are_told_by_their_keys()
    {
        Assert.Equal(443_695_696, AdcSrModel.Declare(AdcSrConfig.Published).Where(t => t.Name.StartsWith("unet.", StringComparison.Ordinal))
            .Sum(t => t.Shape.Count));
        using var source = new GeneratedSource(1, AdcSrModel.Declare(AdcSrConfig.Published));
        var derived = AdcSrTopology.Derive(source);
        Assert.Equal(AdcSrConfig.Published, derived);
        Assert.Equal((4, 16), (derived.Scale, derived.Multiple));
        Assert.Equal(derived, AdcSrConfigJson.Read(AdcSrConfigJson.Write(derived), "x"));
    }

    [Fact]
    public void Options_that_it_does_not_have_are_refused()
    {
        string model = SaveSmall();
        using var resolver = SuperResolver.Load(model, _backend);
        Assert.Equal((ModelKind.AdcSr, 4, 1), (resolver.Model.Kind, resolver.Model.Scale, resolver.Model.DefaultSteps));
        foreach (var options in (UpscaleOptions[])[new() { Steps = 2 }, new() { Guidance = 2 }, new() { Prompt = new Prompt() }])
            Assert.Throws<ArgumentException>(() => resolver.Plan(64, 64, options));
        var plan = resolver.Plan(512, 512);
        Assert.Equal((192, 192), (plan.Stages[0].TileWidth, plan.Stages[0].TileHeight));
        Assert.Equal(9, plan.Stages[0].Tiles);
        // A budget makes tiles smaller; what is too little is refused.
        long least = Assert.Throws<MemoryBudgetException>(() => resolver.Plan(512, 512, new() { MemoryBudget = 1 << 20 })).SmallestBytes;
        Assert.True(resolver.Plan(512, 512, new() { MemoryBudget = least }).PeakBytes <= least);
    }

    [Fact]
    public void Tiles_join_and_odd_sides_come_out_whole()
    {
        using var resolver = SuperResolver.Load(SaveSmall(), _backend);
        var image = TestPictures.Make(101, 75);
        var whole = resolver.Upscale(image);
        Assert.Equal((404, 300), (whole.Width, whole.Height));
        var tiled = resolver.Upscale(image, new UpscaleOptions { Tile = 64 });
        Assert.Equal((404, 300), (tiled.Width, tiled.Height));
        Assert.Equal(tiled.Bytes.ToArray(), resolver.Upscale(image, new UpscaleOptions { Tile = 64, Seed = 5 }).Bytes.ToArray());
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(
            () => { resolver.Upscale(image, new UpscaleOptions { Tile = 64 }, new Stopper(stop), stop.Token); });
    }

    void Refused(string path, params string[] named)
    {
        string message = Assert.Throws<ConfigException>(() => SuperResolver.Load(path, _backend)).Message;
        foreach (string text in named) Assert.Contains(text, message, StringComparison.Ordinal);
    }

    void Publish()
    {
        File.Copy(Testing.Goldens.Checkpoint("adcsr_net_params.pkl"), Path.Combine(_folder, "net_params_200.pkl"));
        File.Copy(Testing.Goldens.Checkpoint("adcsr_halfDecoder.ckpt"), Path.Combine(_folder, "halfDecoder.ckpt"));
    }

    string SaveSmall()
    {
        string path = Path.Combine(_folder, "small.safetensors");
        using var source = AdcSrCases.Source(Seed, Small());
        Save(path, source, AdcSrConfigJson.Write(Small()));
        return path;
    }

    // The network of the small checkpoints in the published layout.
    static AdcSrConfig Small() => AdcSrConfig.Published with
    {
        Unet = AdcSrConfig.Published.Unet with
        {
            OutChannels = 8,
            Down = [new(6, 1, [1, 1], true), new(12, 2, [1, 1], true), new(12, 2, [1, 1], true), new(12, 2, [-1, -1], false)],
            Middle = new(12, 2, 1),
            Up = [new(12, 2, [-1, -1, -1], true), new(12, 2, [1, 1, 1], true), new(12, 2, [1, 1, 1], true), new(6, 1, [1, 1, 1], false)],
        },
        Decoder = new() { Channels = [4, 8, 8, 8], NormGroups = 4 },
    };

    static void Save(string path, WeightSource source, string config)
    {
        var writer = new SafetensorsWriter();
        writer.Metadata[AdcSrConfigJson.MetadataKey] = config;
        foreach (string key in source.Keys)
        {
            var tensor = source.Read(key);
            long[] axes = new long[tensor.Shape.Rank];
            for (int i = 0; i < axes.Length; i++) axes[i] = tensor.Shape[i];
            writer.Add(key, SafetensorsDType.Float32, axes, tensor.Bytes.ToArray());
        }
        writer.Write(path);
    }

    sealed class Stopper(CancellationTokenSource stop) : IProgress<UpscaleProgress>
    {
        public void Report(UpscaleProgress value)
        {
            if (value.Tile > 0) stop.Cancel();
        }
    }
}
