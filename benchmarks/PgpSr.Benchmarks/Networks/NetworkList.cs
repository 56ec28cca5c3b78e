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
        Network.Of("rrdbnet", RrdbConfig.X4, RrdbNet.Declare, RrdbNet.Load, side => [Map(side, 3)], (net, ws, inputs) => net.Forward(ws, inputs[0])),
        Network.Of("srvgg", new SrVggConfig(), SrVggNet.Declare, SrVggNet.Load, side => [Map(side, 3)], (net, ws, inputs) => net.Forward(ws, inputs[0])),
        Network.Of("taesd", TinyAutoencoderConfig.Taesd, TinyAutoencoder.Declare, TinyAutoencoder.Load, side => [Map(side, 4)],
            (vae, ws, inputs) => vae.Decode(ws, inputs[0])),
        Network.Of("vae", AutoencoderConfig.Sdxl, AutoencoderKl.Declare, AutoencoderKl.Load, side => [Map(side, 4)],
            (vae, ws, inputs) => vae.Decode(ws, inputs[0])) with
        { Parts = () => [CheckpointFolder.Vae], HasAttention = true },
        // A picture of four times as many pixels a side as its denoiser has positions.
        Network.Of("adcsr", AdcSrConfig.Published, AdcSrModel.Declare, AdcSrModel.Load, side => [Map(side * AdcSrConfig.Unshuffle, 3)],
            (net, ws, inputs) => net.Forward(ws, inputs[0])) with
        {
            Metadata = new Dictionary<string, string> { [AdcSrConfigJson.MetadataKey] = AdcSrConfigJson.Write(AdcSrConfig.Published) },
            HasAttention = true,
        },
        UnetOf("sdxl", UnetConfig.Sdxl),
        UnetOf("sdxl-coarse", Coarse(UnetConfig.Sdxl)),
        // Every stack to a single block.
        UnetOf("sdxl-floor", Coarse(UnetConfig.Sdxl) with { Up = [.. UnetConfig.Sdxl.Up.Select(Single)] }),
        FaithDiff("faithdiff", FaithDiffConfig.Released),
        FaithDiff("faithdiff-coarse", FaithDiffConfig.Released with { Unet = Coarse(UnetConfig.Sdxl) }),
        CheckpointFolder.WithPipeline(FaithDiff("faithdiff-folder", FaithDiffConfig.Released)),
        CheckpointFolder.OneStep(UnetOf("osediff-folder", CheckpointFolder.Sd21)),
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

    static Shape Map(int side, int channels) => new(1, side, side, channels);

    // The paper's coarse stage: encoder and bottleneck to a single block.
    static UnetConfig Coarse(UnetConfig full) => full with { Down = [.. full.Down.Select(Single)], Middle = full.Middle! with { TransformerDepth = 1 } };

    static UnetStageConfig Single(UnetStageConfig stage) =>
        stage with { TransformerDepths = [.. stage.TransformerDepths.Select(depth => Math.Min(depth, 1))] };

    // With its own weights: one evaluation on a degraded picture of that many pixels a side, which is brought to the latent's grid in patches.
    static Network Shipped(string name)
    {
        EmbeddedSource Source() => new(name, ModelCatalog.Open(name));
        using EmbeddedSource source = Source();
        PgpConfig config = PgpConfigJson.Read(source.Metadata, name);
        Shape Grid(int side, int channels) => Map(Math.Max(1, side / config.DegradedPatch), channels);
        return Network.Of(name, config, PgpModel.Declare, PgpModel.Load,
            side => [Grid(side, config.DegradedChannels), .. config.Input == PgpInput.Degraded ? (Shape[])[] : [Grid(side, config.InputChannels)]],
            (net, ws, inputs) => net.Forward(ws, inputs[^1], net.Guide(ws, inputs[0]), config.Timestep)) with
        { Shipped = Source };
    }

    // A UNet of Stable Diffusion's form, one row.
    static Network UnetOf(string name, UnetConfig config) =>
        Network.Of(name, config, Unet.Declare, Unet.Load, side => [Map(side, config.InChannels), .. Conditions(config)],
            (net, ws, inputs) => net.Forward(ws, inputs[0], 500, Condition(config, inputs.AsSpan(1)))) with
        { HasAttention = true, Parts = () => [CheckpointFolder.Unet(config)], Configurations = () => [CheckpointFolder.UnetConfiguration(config)] };

    // Its stem and UNet.
    static Network FaithDiff(string name, FaithDiffConfig config) =>
        Network.Of(name, config, FaithDiffModel.Declare, FaithDiffModel.Load,
            side => [Map(side, 4), Map(side, config.Unet.StemChannels), .. Conditions(config.Unet)],
            (net, ws, inputs) => net.Forward(ws, inputs[0], inputs[1], 500, Condition(config.Unet, inputs.AsSpan(2)))) with
        {
            HasAttention = true,
            Parts = () => [CheckpointFolder.Unet(config.Unet), CheckpointFolder.Beside(config)],
            Configurations = () => [CheckpointFolder.UnetConfiguration(config.Unet)],
        };

    // Text states, then the pooled text, where the network takes them.
    static IEnumerable<Shape> Conditions(UnetConfig config)
    {
        if (config.ContextChannels > 0) yield return new(1, Tokens, config.ContextChannels);
        if (config.AddedCondition is { } added) yield return new(1, added.PooledChannels);
    }

    static UnetCondition Condition(UnetConfig config, ReadOnlySpan<Tensor> inputs) => new(
        config.ContextChannels == 0 ? null : inputs[0], config.AddedCondition is null ? null : inputs[^1],
        config.AddedCondition is null ? [] : [.. Enumerable.Repeat(1024f, AddedConditionConfig.Numbers)]);
}
