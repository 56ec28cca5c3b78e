using PgpSr.Managed;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>The networks that can be asked for by name.</summary>
static class NetworkList
{
    const int Tokens = 77;

    public static IReadOnlyList<Network> All { get; } =
    [
        .. ModelCatalog.Names.Select(Shipped),
        new("rrdbnet", () => RrdbNet.Declare(RrdbConfig.X4), (source, backend) => Pixels(RrdbNet.Load(source, backend, RrdbConfig.X4))),
        new("srvgg", () => SrVggNet.Declare(new()), (source, backend) => Pixels(SrVggNet.Load(source, backend, new()))),
        TinyDecoder(), Decoder(), AdcSr(AdcSrConfig.Published),
        UnetOf("sdxl", UnetConfig.Sdxl),
        UnetOf("sdxl-coarse", Coarse(UnetConfig.Sdxl)),
        UnetOf("sdxl-floor", Floor(UnetConfig.Sdxl)),
        FaithDiff("faithdiff", FaithDiffConfig.Released),
        FaithDiff("faithdiff-coarse", FaithDiffConfig.Released with { Unet = Coarse(UnetConfig.Sdxl) }),
        FaithDiff("faithdiff-coarse-peam", FaithDiffConfig.Released with { Unet = Coarse(UnetConfig.Sdxl), Phase = PhasePlacement.Stem }),
        FaithDiff("faithdiff-folder", FaithDiffConfig.Released, whole: true),
        FaithDiff("faithdiff-folder-coarse", FaithDiffConfig.Released with { Unet = Coarse(UnetConfig.Sdxl) }, whole: true),
        UnetOf("osediff-folder", CheckpointFolder.Sd21, CheckpointFolder.OneStepFiles, CheckpointFolder.OneStepConfigurations),
        .. ((int[])[320, 640, 1280]).Select(channels => Block.Of("resnet", channels)),
        .. ((int[])[640, 1280]).Select(channels => Block.Of("transformer", channels)),
        .. ((int[])[128, 512]).Select(channels => Block.Of("vae", channels)),
    ];

    /// <summary>A network by name, or the UNet that a diffusers configuration file describes.</summary>
    /// <exception cref="FormatException">There is neither.</exception>
    public static Network Find(string name) =>
        File.Exists(name)
            ? UnetOf(Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(name))!), UnetConfigJson.Read(ConfigFile.Read(name), name))
        : All.FirstOrDefault(n => n.Name == name)
            ?? throw new FormatException($"network '{name}' is neither a UNet's config.json nor one of {string.Join(", ", All.Select(n => n.Name))}");

    // The paper's coarse stage: encoder and bottleneck to a single block.
    static UnetConfig Coarse(UnetConfig full) => full with
    {
        Down = [.. full.Down.Select(Single)],
        Middle = full.Middle! with { TransformerDepth = 1 },
    };

    // Every stack to a single block.
    static UnetConfig Floor(UnetConfig full) => Coarse(full) with { Up = [.. full.Up.Select(Single)] };

    static UnetStageConfig Single(UnetStageConfig stage) =>
        stage with { TransformerDepths = [.. stage.TransformerDepths.Select(depth => Math.Min(depth, 1))] };

    // With its own weights: one evaluation on a degraded picture of that many pixels a side.
    static Network Shipped(string name)
    {
        EmbeddedSource Source() => new(name, ModelCatalog.Open(name));
        PgpConfig Config()
        {
            using var source = Source();
            return PgpConfigJson.Read(source.Metadata, name);
        }

        return new(name, () => PgpModel.Declare(Config()), (source, backend) =>
        {
            PgpConfig config = Config();
            var model = PgpModel.Load(source, backend, config);
            // The latent's grid; the degraded picture is brought to it in patches.
            IEnumerable<NetworkInput> Inputs(int side)
            {
                int grid = Math.Max(1, side / config.DegradedPatch);
                yield return new(1, 1, grid, grid, config.DegradedChannels);
                if (config.Input != PgpInput.Degraded) yield return new(2, 1, grid, grid, config.InputChannels);
            }
            return new(model, () => model.WeightBytes, Inputs, (ws, inputs) => model.Forward(ws, inputs[^1], model.Guide(ws, inputs[0]), config.Timestep));
        })
        { Shipped = Source };
    }

    static LoadedNetwork Pixels(IPixelUpscaler network) =>
        new(network, () => network.WeightBytes, side => [new(1, 1, side, side, 3)], (ws, inputs) => network.Forward(ws, inputs[0]));

    static Network TinyDecoder() => new("taesd", () => TinyAutoencoder.Declare(TinyAutoencoderConfig.Taesd), (source, backend) =>
    {
        var vae = TinyAutoencoder.Load(source, backend, TinyAutoencoderConfig.Taesd);
        return new(vae, () => vae.WeightBytes, side => [new(1, 1, side, side, 4)], (ws, inputs) => vae.Decode(ws, inputs[0]));
    });

    static Network Decoder() => new("vae", () => AutoencoderKl.Declare(AutoencoderConfig.Sdxl), (source, backend) =>
    {
        var vae = AutoencoderKl.Load(source, backend, AutoencoderConfig.Sdxl);
        return new(vae, () => vae.WeightBytes, side => [new(1, 1, side, side, 4)], (ws, inputs) => vae.Decode(ws, inputs[0]));
    })
    { Parts = () => [("vae/diffusion_pytorch_model.safetensors", AutoencoderKl.Declare(AutoencoderConfig.Sdxl))], HasAttention = true };

    // A picture of four times as many pixels a side as its denoiser has positions.
    static Network AdcSr(AdcSrConfig config) => new("adcsr", () => AdcSrModel.Declare(config), (source, backend) =>
    {
        var model = AdcSrModel.Load(source, backend, config);
        return new(model, () => model.WeightBytes, side => [new(1, 1, side * AdcSrConfig.Unshuffle, side * AdcSrConfig.Unshuffle, 3)],
            (ws, inputs) => model.Forward(ws, inputs[0]));
    })
    { Metadata = new Dictionary<string, string> { [AdcSrConfigJson.MetadataKey] = AdcSrConfigJson.Write(config) }, HasAttention = true };

    // A UNet of Stable Diffusion's form, one row.
    static Network UnetOf(
        string name, UnetConfig config, Func<IEnumerable<(string, IEnumerable<TensorDeclaration>)>>? files = null, Func<IEnumerable<(string, string)>>? more = null) =>
        new(name, () => Unet.Declare(config), (source, backend) =>
        {
            var unet = Unet.Load(source, backend, config);
            return new(unet, () => unet.WeightBytes, side => [new(1, 1, side, side, config.InChannels), .. Conditions(config)],
                (ws, inputs) => unet.Forward(ws, inputs[0], 500, Condition(config, inputs.AsSpan(1))));
        })
        {
            HasAttention = true,
            Parts = files ?? (() => [(CheckpointFolder.UnetFile, Unet.Declare(config))]),
            Configurations = () => [(CheckpointFolder.UnetConfiguration, UnetConfigJson.WriteDiffusers(config)), .. more?.Invoke() ?? []],
        };

    // Its stem and UNet; with all that its pipeline needs, if the whole is asked for.
    static Network FaithDiff(string name, FaithDiffConfig config, bool whole = false) =>
        new(name, () => FaithDiffModel.Declare(config), (source, backend) =>
        {
            var model = FaithDiffModel.Load(source, backend, config);
            return new(model, () => model.WeightBytes,
                side => [new(1, 1, side, side, 4), new(2, 1, side, side, config.Unet.StemChannels), .. Conditions(config.Unet)],
                (ws, inputs) => model.Forward(ws, inputs[0], inputs[1], 500, Condition(config.Unet, inputs.AsSpan(2))));
        })
        {
            HasAttention = true,
            Parts = () => [.. CheckpointFolder.FaithDiffFiles(config), .. whole ? CheckpointFolder.PipelineFiles() : []],
            Configurations = () =>
                [(CheckpointFolder.UnetConfiguration, UnetConfigJson.WriteDiffusers(config.Unet)), .. whole ? CheckpointFolder.PipelineConfigurations() : []],
        };

    // Text states, then the pooled text, where the network takes them.
    static IEnumerable<NetworkInput> Conditions(UnetConfig config)
    {
        if (config.ContextChannels > 0) yield return new(3, 1, Tokens, config.ContextChannels);
        if (config.AddedCondition is { } added) yield return new(4, 1, added.PooledChannels);
    }

    static UnetCondition Condition(UnetConfig config, ReadOnlySpan<Tensor> inputs) => new(
        config.ContextChannels == 0 ? null : inputs[0], config.AddedCondition is null ? null : inputs[^1],
        config.AddedCondition is null ? [] : [.. Enumerable.Repeat(1024f, AddedConditionConfig.Numbers)]);
}
