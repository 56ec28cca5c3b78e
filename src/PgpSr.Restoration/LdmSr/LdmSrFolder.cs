using System.Text.Json;
using PgpSr.Models;
using PgpSr.Sampling;

namespace PgpSr.Restoration;

/// <summary>LDM-SR in diffusers' layout: <c>unet</c>, <c>vqvae</c>, <c>scheduler</c>. Nothing but configurations is read here.</summary>
static class LdmSrFolder
{
    public const string VqFolder = "vqvae";

    /// <summary>Where to download the folder, for messages.</summary>
    public const string Home = "huggingface.co/CompVis/ldm-super-resolution-4x-openimages";

    const string PipelineFile = "model_index.json", PipelineClass = "LDMSuperResolutionPipeline", SchedulerFile = "scheduler/scheduler_config.json";

    static readonly string[] s_weights = [".safetensors", ".bin"];

    /// <summary>True for a folder whose index names the pipeline, or that holds its autoencoder.</summary>
    /// <exception cref="ConfigException">The index is no JSON.</exception>
    public static bool LooksLikeOne(string path)
    {
        if (Directory.Exists(Path.Combine(path, VqFolder))) return true;
        string index = Path.Combine(path, PipelineFile);
        return File.Exists(index) && ConfigFile.Read(index) is { ValueKind: JsonValueKind.Object } json
            && json.TryGetProperty("_class_name", out var name) && name.ValueKind == JsonValueKind.String && name.GetString() == PipelineClass;
    }

    /// <summary>Reads the configurations.</summary>
    /// <exception cref="ConfigException">A part is missing, or parts do not belong together; the message says which, and where people get
    /// it.</exception>
    public static LdmSrCheckpoint Open(string path)
    {
        string[] missing = [.. ((string[])[OneStepFolder.UnetFolder, VqFolder]).Where(part => !Directory.Exists(Path.Combine(path, part)))];
        if (missing.Length > 0)
            throw new ConfigException(path, $"is an LDM-SR folder without '{string.Join("' and '", missing)}'; download "
                + $"{(missing.Length == 1 ? "it" : "them")} from {Home}");
        string unetFile = Path.Combine(path, OneStepFolder.UnetFolder, ConfigFile.Name), vqFile = Path.Combine(path, VqFolder, ConfigFile.Name);
        var unet = LdmUnetConfig.Read(ConfigFile.Read(unetFile), unetFile);
        var vq = VqConfig.Read(ConfigFile.Read(vqFile), vqFile);
        if (unet.OutChannels != vq.CodeChannels || unet.InChannels != vq.CodeChannels + vq.Form.ImageChannels)
            throw new ConfigException(unetFile, $"takes {unet.InChannels} channels and produces {unet.OutChannels}; LDM-SR's takes the latent's "
                + $"{vq.CodeChannels} and the picture's {vq.Form.ImageChannels}, and produces the former: UNet and autoencoder belong to different models");
        return new LdmSrCheckpoint
        {
            Path = path,
            Unet = unet,
            Vq = vq,
            Scheduler = ReadScheduler(path),
            Files = [.. ((string[])[OneStepFolder.UnetFolder, VqFolder]).SelectMany(part => Directory.EnumerateFiles(Path.Combine(path, part)))
                .Where(file => s_weights.Contains(Path.GetExtension(file).ToLowerInvariant())).Order(StringComparer.Ordinal)],
        };
    }

    // The published folder's own, whatever solver it names: eta is DDIM's.
    static SchedulerConfig ReadScheduler(string path)
    {
        string file = Path.Combine(path, SchedulerFile);
        if (!File.Exists(file))
            throw new ConfigException(path, $"is an LDM-SR folder without '{SchedulerFile}'; download it from {Home}");
        var scheduler = SchedulerConfig.Parse(ConfigFile.Read(file), file);
        return scheduler.Solver == SolverKind.Ddim ? scheduler
            : throw new ConfigException(file, $"names {scheduler.Solver}; LDM-SR is sampled by DDIMScheduler");
    }
}
