using PgpSr.Managed;
using PgpSr.Models;

namespace PgpSr.Benchmarks;

/// <summary>The networks that can be asked for by name.</summary>
static class NetworkList
{
    public static IReadOnlyList<Network> All { get; } =
    [
        .. ModelCatalog.Names.Select(name => new ShippedNetwork(name)),
        new RrdbNetwork("rrdbnet", RrdbConfig.X4),
        new SrVggNetwork("srvgg", new SrVggConfig()),
        new DecoderNetwork("taesd", Tiny: true),
        new DecoderNetwork("vae", Tiny: false),
        new AdcSrNetwork("adcsr", AdcSrConfig.Published),
        new UnetNetwork("sdxl", UnetConfig.Sdxl),
        new UnetNetwork("sdxl-coarse", Coarse(UnetConfig.Sdxl)),
        new UnetNetwork("sdxl-floor", Floor(UnetConfig.Sdxl)),
        new FaithDiffNetwork("faithdiff", FaithDiffConfig.Released),
        new FaithDiffNetwork("faithdiff-coarse", FaithDiffConfig.Released with { Unet = Coarse(UnetConfig.Sdxl) }),
        new FaithDiffNetwork("faithdiff-coarse-peam", FaithDiffConfig.Released with { Unet = Coarse(UnetConfig.Sdxl), Phase = PhasePlacement.Stem }),
        new FaithDiffFolder("faithdiff-folder", FaithDiffConfig.Released),
        new FaithDiffFolder("faithdiff-folder-coarse", FaithDiffConfig.Released with { Unet = Coarse(UnetConfig.Sdxl) }),
        new OneStepFolder("osediff-folder"),
        new BlockNetwork("resnet", 320), new BlockNetwork("resnet", 640), new BlockNetwork("resnet", 1280),
        new BlockNetwork("transformer", 640), new BlockNetwork("transformer", 1280),
        new BlockNetwork("vae", 128), new BlockNetwork("vae", 512),
    ];

    /// <summary>A network by name, or the UNet that a diffusers configuration file describes.</summary>
    /// <exception cref="FormatException">There is neither.</exception>
    public static Network Find(string name) =>
        File.Exists(name)
            ? new UnetNetwork(Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(name))!), UnetConfigJson.Read(ConfigFile.Read(name), name))
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
}
