using System.Collections.Immutable;
using PgpSr.Models;
using PgpSr.Safetensors;
using PgpSr.Sampling;

namespace PgpSr.Restoration;

/// <summary>
/// A checkpoint folder in diffusers' layout with FaithDiff's own tensors beside or inside <c>unet</c>: <c>unet/</c>, <c>vae/</c>,
/// <c>faithdiff*.safetensors</c>, and
/// where there are any <c>text_encoder/</c>, <c>text_encoder_2/</c>, <c>scheduler/scheduler_config.json</c>, <c>prompt.safetensors</c>,
/// <c>pgpsr.json</c>.
/// Topologies come from configurations and keys; nothing but headers is read here.
/// </summary>
static class FaithDiffFolder
{
    const string UnetFolder = "unet", VaeFolder = "vae", TextFolder = "text_encoder", SecondTextFolder = "text_encoder_2";
    const string SchedulerFile = "scheduler/scheduler_config.json", PromptFile = "prompt.safetensors", PipelineFile = "model_index.json";
    const string Extras = "faithdiff";

    // A tensor that is FaithDiff's own: where it is, the others are.
    const string LqEncoderKey = "denoise_encoder.conv_in.weight";
    const string StemAdapterKey = "phase_adapter.proj_x.weight", DecoderAdapterKey = "phase_adapters.0.proj_x.weight";

    /// <summary>True for a folder that is one, or is meant to be: <see cref="Open"/> then names the part that is missing.</summary>
    public static bool LooksLikeOne(string path)
    {
        bool unet = Directory.Exists(Path.Combine(path, UnetFolder)), vae = Directory.Exists(Path.Combine(path, VaeFolder));
        return (unet && vae) || (Directory.Exists(path) && (unet || vae || File.Exists(Path.Combine(path, PipelineFile)))
            && !Directory.EnumerateFiles(path, "*.safetensors").Any());
    }

    /// <summary>Whether FaithDiff's own tensors are among a source's.</summary>
    public static bool HasOwnTensors(WeightSource source) => source.TryDescribe(LqEncoderKey, out _);

    /// <summary>The topology of FaithDiff's own networks around a UNet, as their keys show it.</summary>
    /// <exception cref="ConfigException">They have another form.</exception>
    public static FaithDiffConfig Describe(WeightSource source, UnetConfig unet) => new()
    {
        Unet = unet,
        LqEncoder = LqEncoder(source),
        Phase = Placement(source),
    };

    /// <summary>How a folder wants to be run: what its own file says over its schedule, over the released values.</summary>
    /// <exception cref="ConfigException">A file is malformed.</exception>
    public static FaithDiffSettings ReadSettings(string path)
    {
        var released = new FaithDiffSettings { Scheduler = ReadScheduler(path) };
        return FaithDiffSettings.Find(path, released) ?? released;
    }

    /// <summary>Reads configurations and headers.</summary>
    /// <exception cref="ConfigException">A part is missing, or a configuration contradicts the weights.</exception>
    /// <exception cref="SafetensorsException">A weight file breaks a rule of its format.</exception>
    public static FaithDiffCheckpoint Open(string path)
    {
        RefuseMissing(path);
        string? extras = FindExtras(path);
        using var unet = OpenUnet(path, extras);
        if (!HasOwnTensors(unet))
        {
            string advice = Directory.EnumerateFiles(path, "*.bin").FirstOrDefault() is { } pickled
                ? $"convert '{Path.GetFileName(pickled)}' first: pgpsr convert {Path.GetFileName(pickled)} {Extras}.safetensors"
                : $"put them beside it as {Extras}.safetensors";
            throw new ConfigException(path, $"holds no '{LqEncoderKey}', so FaithDiff's own tensors are missing; {advice}"
                + "; a one-step restorer on Stable Diffusion 2.1 needs its adapters' file there (osediff.pkl, pisa_sr.pkl or HYPIR_sd2.pth)");
        }
        var settings = ReadSettings(path);
        string vaeFile = Path.Combine(path, VaeFolder, ConfigFile.Name);
        var vae = AutoencoderConfig.Read(ConfigFile.Read(vaeFile), vaeFile);
        var config = Describe(unet, ConfigFile.ReadUnet(Path.Combine(path, UnetFolder), unet));
        if (settings.Phase is { } said && said != config.Phase)
            throw new ConfigException(Path.Combine(path, FaithDiffSettings.FileName), $"phase is {said}, the keys of {unet.Name} show {config.Phase}");
        if (config.Unet.ContextChannels == 0 || config.Unet.AddedCondition is null)
            throw new ConfigException(unet.Name, "the UNet takes no text; FaithDiff's is SDXL's, with cross-attention and pooled text");
        if (config.LqEncoder.Factor != vae.Factor)
            throw new ConfigException(
                vaeFile, $"reduces pictures {vae.Factor} times, the LQ encoder {config.LqEncoder.Factor} times; they must agree");
        if (config.Unet.InChannels != vae.LatentChannels || config.Unet.OutChannels != vae.LatentChannels)
            throw new ConfigException(
                vaeFile, $"has {vae.LatentChannels} latent channels, the UNet takes {config.Unet.InChannels} and gives {config.Unet.OutChannels}");
        return new FaithDiffCheckpoint
        {
            Path = path,
            Settings = settings,
            Config = config,
            Vae = vae,
            Text = ReadText(path),
            OpenDenoiser = () => OpenUnet(path, extras),
            OpenVae = () => SafetensorsSource.Open(Path.Combine(path, VaeFolder)),
            OpenText = second => SafetensorsSource.Open(Path.Combine(path, second ? SecondTextFolder : TextFolder)),
            Prompt = Path.Combine(path, PromptFile) is var prompt && File.Exists(prompt) ? () => PromptEmbeddings.Load(prompt) : null,
            Hash = HashOf(path),
        };
    }

    static void RefuseMissing(string path)
    {
        string[] missing = [.. ((string[])[UnetFolder, VaeFolder]).Where(part => !Directory.Exists(Path.Combine(path, part)))];
        if (missing.Length == 0) return;
        string[] there = [.. Directory.EnumerateDirectories(path).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];
        string holds = there.Length == 0 ? "it holds no folder at all" : $"it holds {string.Join(", ", there)}";
        throw new ConfigException(path, $"has no folder '{string.Join("' and no folder '", missing)}' ({holds}): "
            + "FaithDiff in diffusers' layout needs 'unet' and 'vae'; download all of it, or name a .safetensors file");
    }

    // All weight files in the order of their names.
    static CheckpointHash HashOf(string path)
    {
        string[] files = [.. Directory.EnumerateFiles(path, "*.safetensors", SearchOption.AllDirectories)
            .OrderBy(file => Path.GetRelativePath(path, file), StringComparer.Ordinal)];
        return new CheckpointHash([.. files.Select(file => (Func<Stream>)(() => File.OpenRead(file)))]);
    }

    static WeightSource OpenUnet(string path, string? extras)
    {
        var unet = SafetensorsSource.Open(Path.Combine(path, UnetFolder));
        if (extras is null) return unet;
        try
        {
            return new OverlaySource(unet, SafetensorsSource.Open(extras));
        }
        catch
        {
            unet.Dispose();
            throw;
        }
    }

    static string? FindExtras(string path)
    {
        string[] found = [.. Directory.EnumerateFiles(path, "*.safetensors")
            .Where(file => Path.GetFileName(file).StartsWith(Extras, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal)];
        return found.Length < 2 ? found.FirstOrDefault()
            : throw new ConfigException(path, $"holds {string.Join(" and ", found.Select(Path.GetFileName))}; keep one");
    }

    static SchedulerConfig ReadScheduler(string path)
    {
        string file = Path.Combine(path, SchedulerFile);
        return File.Exists(file) ? SchedulerConfig.Parse(ConfigFile.Read(file), file) : new SchedulerConfig();
    }

    static (ClipConfig First, ClipConfig Second)? ReadText(string path)
    {
        bool first = Directory.Exists(Path.Combine(path, TextFolder)), second = Directory.Exists(Path.Combine(path, SecondTextFolder));
        if (!first && !second) return null;
        if (!first || !second)
            throw new ConfigException(path, $"has one of the folders '{TextFolder}' and '{SecondTextFolder}', but needs both or neither");
        return (Read(TextFolder, false), Read(SecondTextFolder, true));

        ClipConfig Read(string folder, bool projection)
        {
            string file = Path.Combine(path, folder, ConfigFile.Name);
            return ClipConfig.Read(ConfigFile.Read(file), projection, file);
        }
    }

    // The LQ encoder has no configuration file of its own: levels and layers as the keys show them, groups as SDXL has them.
    static AutoencoderConfig LqEncoder(WeightSource source)
    {
        var channels = ImmutableArray.CreateBuilder<int>();
        int layers = 0;
        while (true)
        {
            string key = $"denoise_encoder.down_blocks.{channels.Count}.resnets.0.conv1.weight";
            if (!source.TryDescribe(key, out var first)) break;
            if (channels.Count == 0)
                while (source.TryDescribe($"denoise_encoder.down_blocks.0.resnets.{layers}.conv1.weight", out _)) layers++;
            if (first.Shape.Rank != 4 || channels.Count == 8)
                throw new ConfigException(source.Name, $"{key}, {first.Shape}, is not a weight of an SDXL encoder");
            channels.Add(first.Shape[0]);
        }
        return channels.Count > 0 ? new AutoencoderConfig { Channels = channels.ToImmutable(), LayersPerBlock = layers }
            : throw new ConfigException(source.Name, "denoise_encoder has no down_blocks");
    }

    static PhasePlacement Placement(WeightSource source) => source.TryDescribe(StemAdapterKey, out _) ? PhasePlacement.Stem
        : source.TryDescribe(DecoderAdapterKey, out _) ? PhasePlacement.Decoder : PhasePlacement.None;
}
