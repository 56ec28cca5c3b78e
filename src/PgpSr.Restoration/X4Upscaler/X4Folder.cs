using System.Text.Json;
using PgpSr.Models;
using PgpSr.Sampling;

namespace PgpSr.Restoration;

/// <summary>
/// The Stable Diffusion x4 upscaler in diffusers' layout: <c>unet</c>, <c>vae</c>, <c>scheduler</c>, <c>low_res_scheduler</c>, and
/// <c>text_encoder</c> or <c>prompt.safetensors</c>. Nothing but configurations is read here.
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

    const string PipelineFile = "model_index.json", PipelineClass = "StableDiffusionUpscalePipeline";
    const string SchedulerFile = "scheduler/scheduler_config.json", PictureNoiseFile = "low_res_scheduler/scheduler_config.json";

    static readonly string[] s_weights = [".safetensors", ".bin"];

    /// <summary>True for a folder whose index names the pipeline, or whose UNet takes a picture beside the latent and a class.</summary>
    /// <exception cref="ConfigException">A configuration is no JSON.</exception>
    public static bool LooksLikeOne(string path)
    {
        string index = Path.Combine(path, PipelineFile), unet = Path.Combine(path, OneStepFolder.UnetFolder, ConfigFile.Name);
        if (File.Exists(index) && ConfigFile.Read(index) is { ValueKind: JsonValueKind.Object } json
            && json.TryGetProperty("_class_name", out var name) && name.ValueKind == JsonValueKind.String) return name.GetString() == PipelineClass;
        return File.Exists(unet) && ConfigFile.Read(unet) is { ValueKind: JsonValueKind.Object } config
            && Number(config, "num_class_embeds") > 0 && Number(config, "in_channels") == Number(config, "out_channels") + 3;
    }

    /// <summary>Reads the configurations.</summary>
    /// <exception cref="ConfigException">A part is missing, or parts do not belong together; the message says which, and where people get
    /// it.</exception>
    public static X4Checkpoint Open(string path)
    {
        RefuseMissing(path);
        string unetFolder = Path.Combine(path, OneStepFolder.UnetFolder), vaeFile = Path.Combine(path, OneStepFolder.VaeFolder, ConfigFile.Name);
        string prompt = Path.Combine(path, OneStepFolder.PromptFile);
        UnetConfig unet;
        using (var source = OneStepFolder.OpenFolder(unetFolder)) unet = ConfigFile.ReadUnet(unetFolder, source);
        var vae = AutoencoderConfig.Read(ConfigFile.Read(vaeFile), vaeFile) with { ScalingFactor = LatentScaling };
        if (unet.InChannels != vae.LatentChannels + vae.ImageChannels || unet.OutChannels != vae.LatentChannels)
            throw new ConfigException(unetFolder, $"takes {unet.InChannels} channels and produces {unet.OutChannels}; the upscaler takes the latent's "
                + $"{vae.LatentChannels} and the picture's {vae.ImageChannels}, and produces the former: UNet and autoencoder belong to different models");
        if (unet.ClassEmbeddings == 0 || unet.ContextChannels == 0 || unet.AddedCondition is not null)
            throw new ConfigException(unetFolder, $"is not the UNet of an upscaler, which has a class embedding for the noise level (num_class_embeds) "
                + $"and takes only text; download it from {Home}");
        return new X4Checkpoint
        {
            Path = path,
            Unet = unet,
            Vae = vae,
            Scheduler = ReadScheduler(path),
            PictureNoise = ReadPictureNoise(path),
            MaxNoiseLevel = Math.Min(ReadMaxNoiseLevel(path), unet.ClassEmbeddings - 1),
            PromptFile = File.Exists(prompt) ? prompt : null,
            Files = [.. ((string[])[OneStepFolder.UnetFolder, OneStepFolder.VaeFolder])
                .SelectMany(part => Directory.EnumerateFiles(Path.Combine(path, part)))
                .Where(file => s_weights.Contains(Path.GetExtension(file).ToLowerInvariant())).Order(StringComparer.Ordinal)],
        };
    }

    static void RefuseMissing(string path)
    {
        List<string> missing = [.. ((string[])[OneStepFolder.UnetFolder, OneStepFolder.VaeFolder])
            .Where(part => !Directory.Exists(Path.Combine(path, part))).Select(part => $"'{part}'")];
        if (!File.Exists(Path.Combine(path, OneStepFolder.PromptFile)) && !Directory.Exists(Path.Combine(path, OneStepFolder.TextFolder)))
            missing.Add($"'{OneStepFolder.TextFolder}' (or {OneStepFolder.PromptFile})");
        if (missing.Count > 0)
            throw new ConfigException(path, $"is a folder of the Stable Diffusion x4 upscaler without {string.Join(" and ", missing)}; download "
                + $"{(missing.Count == 1 ? "it" : "them")} from {Home}");
    }

    static SchedulerConfig ReadScheduler(string path)
    {
        string file = Path.Combine(path, SchedulerFile);
        return File.Exists(file) ? SchedulerConfig.Parse(ConfigFile.Read(file), file) : new SchedulerConfig
        {
            Solver = SolverKind.Ddim,
            Noise = NoiseSchedule.ScaledLinear(BetaStart, BetaEnd, Timesteps),
            Prediction = PredictionType.Velocity,
        };
    }

    // A DDPM scheduler that never samples: of it only the table counts.
    static NoiseSchedule ReadPictureNoise(string path)
    {
        string file = Path.Combine(path, PictureNoiseFile);
        if (!File.Exists(file)) return NoiseSchedule.ScaledLinear(BetaStart, BetaEnd, Timesteps);
        var config = ConfigFile.Read(file);
        const string kind = "beta_schedule", scaled = "scaled_linear";
        if (config.ValueKind != JsonValueKind.Object || !config.TryGetProperty(kind, out var schedule)
            || schedule.ValueKind != JsonValueKind.String || schedule.GetString() != scaled)
            throw new ConfigException(file, $"{kind} is not {scaled}");
        double start = Number(config, "beta_start") ?? BetaStart, end = Number(config, "beta_end") ?? BetaEnd,
            count = Number(config, "num_train_timesteps") ?? Timesteps;
        if (!(start is > 0 and < 1 && end is > 0 and < 1 && count is >= 2 and <= 1 << 20))
            throw new ConfigException(file, $"beta_start {start}, beta_end {end} and num_train_timesteps {count} do not form a noise schedule");
        return NoiseSchedule.ScaledLinear(start, end, (int)count);
    }

    static int ReadMaxNoiseLevel(string path)
    {
        string file = Path.Combine(path, PipelineFile);
        if (!File.Exists(file) || Number(ConfigFile.Read(file), "max_noise_level") is not { } level) return DefaultMaxNoiseLevel;
        return level is >= 0 and < Timesteps ? (int)level
            : throw new ConfigException(file, $"max_noise_level is {level}; expected 0 to {Timesteps - 1}");
    }

    static double? Number(JsonElement json, string key) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetDouble(out double number) && double.IsFinite(number) ? number : null;
}
