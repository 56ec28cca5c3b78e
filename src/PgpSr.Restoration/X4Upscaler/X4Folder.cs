using PgpSr.Models;
using PgpSr.Sampling;

namespace PgpSr.Restoration;

/// <summary>
/// The Stable Diffusion x4 upscaler in diffusers' layout: <c>unet</c>, <c>vae</c>, <c>scheduler</c>, <c>low_res_scheduler</c>, and
/// <c>text_encoder</c> or <c>prompt.safetensors</c>; or the one file made of these. Nothing but configurations is read here.
/// </summary>
static class X4Folder
{
    /// <summary>Where to download the folder, for messages.</summary>
    public const string Home = "huggingface.co/stabilityai/stable-diffusion-x4-upscaler";

    // The publisher's program takes this factor whatever the autoencoder's configuration says: the first ones said nothing.
    const float LatentScaling = 0.08333f;

    // The published schedule of both noises, and the highest level that the network was trained with.
    const double BetaStart = 0.0001, BetaEnd = 0.02;
    const int Timesteps = 1000, DefaultMaxNoiseLevel = 350;

    const string PipelineClass = "StableDiffusionUpscalePipeline", UnetConfigFile = $"{OneStepFolder.UnetFolder}/{ConfigFile.Name}";
    const string VaeConfigFile = $"{OneStepFolder.VaeFolder}/{ConfigFile.Name}", SchedulerFile = "scheduler/scheduler_config.json";
    const string PictureNoiseFile = "low_res_scheduler/scheduler_config.json";

    /// <summary>Every configuration that <see cref="Open"/> reads, where it is there.</summary>
    public static IReadOnlyList<string> ConfigFiles { get; } = [PipelineParts.IndexFile, UnetConfigFile, VaeConfigFile, SchedulerFile, PictureNoiseFile];

    /// <summary>The index of a folder that has none.</summary>
    public const string Index = $$"""{"_class_name": "{{PipelineClass}}"}""";

    /// <summary>True for a folder or file whose index names the pipeline, or whose UNet takes a picture beside the latent and a class.</summary>
    /// <exception cref="ConfigException">A configuration is no JSON.</exception>
    public static bool LooksLikeOne(string path)
    {
        if (PipelineParts.Find(path) is not { } parts) return false;
        if (parts.ClassName is { } name) return name == PipelineClass;
        return parts.Number(UnetConfigFile, "num_class_embeds") > 0
            && parts.Number(UnetConfigFile, "in_channels") == parts.Number(UnetConfigFile, "out_channels") + 3;
    }

    /// <summary>Reads the configurations.</summary>
    /// <exception cref="ConfigException">A part is missing, or parts do not belong together; the message says which, and where people get
    /// it.</exception>
    public static X4Checkpoint Open(string path)
    {
        var parts = PipelineParts.Find(path) ?? throw new ConfigException(path, $"holds no pipeline; download its folder from {Home}");
        RefuseMissing(parts);
        string unetFolder = parts.Named(OneStepFolder.UnetFolder);
        var unet = parts.ReadUnet();
        var vae = AutoencoderConfig.Read(parts.Config(VaeConfigFile), parts.Named(VaeConfigFile)) with { ScalingFactor = LatentScaling };
        if (unet.InChannels != vae.LatentChannels + vae.ImageChannels || unet.OutChannels != vae.LatentChannels)
            throw new ConfigException(unetFolder, $"takes {unet.InChannels} channels and produces {unet.OutChannels}; the upscaler takes the latent's "
                + $"{vae.LatentChannels} and the picture's {vae.ImageChannels}, and produces the former: UNet and autoencoder belong to different models");
        if (unet.ClassEmbeddings == 0 || unet.ContextChannels == 0 || unet.AddedCondition is not null)
            throw new ConfigException(unetFolder, $"is not the UNet of an upscaler, which has a class embedding for the noise level (num_class_embeds) "
                + $"and takes only text; download it from {Home}");
        return new X4Checkpoint
        {
            Parts = parts,
            Unet = unet,
            Vae = vae,
            Scheduler = ReadScheduler(parts),
            PictureNoise = ReadPictureNoise(parts),
            MaxNoiseLevel = Math.Min(ReadMaxNoiseLevel(parts), unet.ClassEmbeddings - 1),
        };
    }

    static void RefuseMissing(PipelineParts parts)
    {
        List<string> missing = [.. ((string[])[OneStepFolder.UnetFolder, OneStepFolder.VaeFolder])
            .Where(part => !parts.Has(part)).Select(part => $"'{part}'")];
        // Its heads are not those of other UNets of this size, and keys do not tell them.
        if (!parts.HasConfig($"{OneStepFolder.UnetFolder}/{ConfigFile.Name}")) missing.Add($"'{OneStepFolder.UnetFolder}/{ConfigFile.Name}'");
        if (!parts.HasPrompt && !(parts.IsFolder && parts.Has(OneStepFolder.TextFolder)))
            missing.Add($"'{OneStepFolder.TextFolder}' (or {OneStepFolder.PromptFile})");
        if (missing.Count > 0)
            throw new ConfigException(parts.Path, $"is a {(parts.IsFolder ? "folder" : "file")} of the Stable Diffusion x4 upscaler without {string.Join(" and ", missing)}; download "
                + $"{(missing.Count == 1 ? "it" : "them")} from {Home}");
    }

    static SchedulerConfig ReadScheduler(PipelineParts parts) => parts.HasConfig(SchedulerFile)
        ? SchedulerConfig.Parse(parts.Config(SchedulerFile), parts.Named(SchedulerFile)) : new SchedulerConfig
        {
            Solver = SolverKind.Ddim,
            Noise = NoiseSchedule.ScaledLinear(BetaStart, BetaEnd, Timesteps),
            Prediction = PredictionType.Velocity,
        };

    // A DDPM scheduler that never samples: of it only the table counts.
    static NoiseSchedule ReadPictureNoise(PipelineParts parts)
    {
        if (!parts.HasConfig(PictureNoiseFile)) return NoiseSchedule.ScaledLinear(BetaStart, BetaEnd, Timesteps);
        string file = parts.Named(PictureNoiseFile);
        const string kind = "beta_schedule", scaled = "scaled_linear";
        if (parts.Text(PictureNoiseFile, kind) != scaled) throw new ConfigException(file, $"{kind} is not {scaled}");
        double start = parts.Number(PictureNoiseFile, "beta_start") ?? BetaStart, end = parts.Number(PictureNoiseFile, "beta_end") ?? BetaEnd,
            count = parts.Number(PictureNoiseFile, "num_train_timesteps") ?? Timesteps;
        if (!(start is > 0 and < 1 && end is > 0 and < 1 && count is >= 2 and <= 1 << 20))
            throw new ConfigException(file, $"beta_start {start}, beta_end {end} and num_train_timesteps {count} do not form a noise schedule");
        return NoiseSchedule.ScaledLinear(start, end, (int)count);
    }

    static int ReadMaxNoiseLevel(PipelineParts parts)
    {
        double level = parts.Number(PipelineParts.IndexFile, "max_noise_level") ?? DefaultMaxNoiseLevel;
        return level is >= 0 and < Timesteps ? (int)level
            : throw new ConfigException(parts.Named(PipelineParts.IndexFile), $"max_noise_level is {level}; expected 0 to {Timesteps - 1}");
    }
}
