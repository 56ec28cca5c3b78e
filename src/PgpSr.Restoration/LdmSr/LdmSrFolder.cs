using PgpSr.Models;
using PgpSr.Sampling;

namespace PgpSr.Restoration;

/// <summary>LDM-SR in diffusers' layout: <c>unet</c>, <c>vqvae</c>, <c>scheduler</c>; or the one file made of these. Nothing but configurations is read
/// here.</summary>
static class LdmSrFolder
{
    public const string VqFolder = "vqvae";

    /// <summary>Where to download the folder, for messages.</summary>
    public const string Home = "huggingface.co/CompVis/ldm-super-resolution-4x-openimages";

    const string PipelineClass = "LDMSuperResolutionPipeline", SchedulerFile = "scheduler/scheduler_config.json";
    const string UnetConfigFile = $"{OneStepFolder.UnetFolder}/{ConfigFile.Name}", VqConfigFile = $"{VqFolder}/{ConfigFile.Name}";

    /// <summary>Every configuration that <see cref="Open"/> reads, where it is there.</summary>
    public static IReadOnlyList<string> ConfigFiles { get; } = [PipelineParts.IndexFile, UnetConfigFile, VqConfigFile, SchedulerFile];

    /// <summary>The index of a folder that has none.</summary>
    public const string Index = $$"""{"_class_name": "{{PipelineClass}}"}""";

    /// <summary>True for a folder or file whose index names the pipeline, or that holds its autoencoder.</summary>
    /// <exception cref="ConfigException">The index is no JSON.</exception>
    public static bool LooksLikeOne(string path) =>
        PipelineParts.Find(path) is { } parts && (parts.Has(VqFolder) || parts.ClassName == PipelineClass);

    /// <summary>Reads the configurations.</summary>
    /// <exception cref="ConfigException">A part is missing, or parts do not belong together; the message says which, and where people get
    /// it.</exception>
    public static LdmSrCheckpoint Open(string path)
    {
        var parts = PipelineParts.Find(path) ?? throw new ConfigException(path, $"holds no pipeline; download its folder from {Home}");
        string[] missing = [.. ((string[])[OneStepFolder.UnetFolder, VqFolder]).Where(part => !parts.Has(part))];
        if (missing.Length > 0)
            throw new ConfigException(path, $"is an LDM-SR {(parts.IsFolder ? "folder" : "file")} without '{string.Join("' and '", missing)}'; download "
                + $"{(missing.Length == 1 ? "it" : "them")} from {Home}");
        string unetFile = parts.Named(UnetConfigFile);
        var unet = LdmUnetConfig.Read(parts.Config(UnetConfigFile), unetFile);
        var vq = VqConfig.Read(parts.Config(VqConfigFile), parts.Named(VqConfigFile));
        if (unet.OutChannels != vq.CodeChannels || unet.InChannels != vq.CodeChannels + vq.Form.ImageChannels)
            throw new ConfigException(unetFile, $"takes {unet.InChannels} channels and produces {unet.OutChannels}; LDM-SR's takes the latent's "
                + $"{vq.CodeChannels} and the picture's {vq.Form.ImageChannels}, and produces the former: UNet and autoencoder belong to different models");
        return new LdmSrCheckpoint
        {
            Parts = parts,
            Unet = unet,
            Vq = vq,
            Scheduler = ReadScheduler(parts),
        };
    }

    // The published folder's own, whatever solver it names: eta is DDIM's.
    static SchedulerConfig ReadScheduler(PipelineParts parts)
    {
        string file = parts.Named(SchedulerFile);
        if (!parts.HasConfig(SchedulerFile))
            throw new ConfigException(parts.Path, $"is an LDM-SR {(parts.IsFolder ? "folder" : "file")} without '{SchedulerFile}'; download it from {Home}");
        var scheduler = SchedulerConfig.Parse(parts.Config(SchedulerFile), file);
        return scheduler.Solver == SolverKind.Ddim ? scheduler
            : throw new ConfigException(file, $"names {scheduler.Solver}; LDM-SR is sampled by DDIMScheduler");
    }
}
