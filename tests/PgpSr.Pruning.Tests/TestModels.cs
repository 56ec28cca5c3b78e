using System.Collections.Immutable;
using PgpSr.Models;
using PgpSr.Safetensors;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Pruning.Tests;

/// <summary>Models small enough for tests, with generated weights, on the disk.</summary>
static class TestModels
{
    /// <summary>Two levels of two layers, deep stacks, several steps, no guide: the shape of a teacher.</summary>
    public static PgpConfig Teacher { get; } = new()
    {
        Scale = 4,
        PatchFactor = 4,
        Input = PgpInput.LatentAndDegraded,
        Prediction = PgpPrediction.Velocity,
        Steps = 4,
        Unet = new UnetConfig
        {
            InChannels = 51,
            OutChannels = 48,
            NormGroups = 4,
            Down = [new(16, 1, [-1, -1], true), new(24, 2, [2, 3], false)],
            Middle = new(24, 2, 3),
            Up = [new(24, 2, [3, 2, 1], true), new(16, 1, [-1, -1, -1], false)],
        },
    };

    /// <summary>One step over the degraded picture, with adapters.</summary>
    public static PgpConfig OneStep { get; } = new()
    {
        Phase = PhasePlacement.Stem,
        GuideChannels = 16,
        Input = PgpInput.Degraded,
        Prediction = PgpPrediction.Residual,
        Unet = Teacher.Unet with { InChannels = 3 },
    };

    /// <summary>FaithDiff in miniature: text, sizes, an encoder of two levels. The features' 512 channels are FaithDiff's own.</summary>
    public static FaithDiffConfig FaithDiff { get; } = new()
    {
        Unet = new UnetConfig
        {
            Down = [new(32, 1, [-1, -1], true), new(64, 1, [2, 2], false)],
            Middle = new(64, 1, 2),
            Up = [new(64, 1, [2, 1, 3], true), new(32, 1, [-1, -1, -1], false)],
            ContextChannels = 16,
            AddedCondition = new(256, 24),
            NormGroups = 32,
        },
        LqEncoder = AutoencoderConfig.Sdxl with { Channels = [32, 32, 32, 512], LayersPerBlock = 1 },
    };

    /// <summary>Writes a small model's file.</summary>
    public static string Write(PgpConfig config, string path, long seed = 1, SafetensorsDType type = SafetensorsDType.Float32)
    {
        Write(PgpModel.Declare(config), path, seed, type, new() { ["format"] = "pt", [PgpConfigJson.MetadataKey] = PgpConfigJson.Write(config) });
        return path;
    }

    static readonly AutoencoderConfig s_autoencoder = new() { Channels = [32, 32, 32, 32], LayersPerBlock = 1 };

    /// <summary>Writes a FaithDiff folder: unet/, faithdiff.safetensors, a file that belongs to something else, and vae/ if it is wanted.</summary>
    public static string WriteFolder(FaithDiffConfig config, string folder, long seed = 1, bool autoencoder = false)
    {
        if (autoencoder)
        {
            Directory.CreateDirectory(Path.Combine(folder, "vae"));
            Write(AutoencoderKl.Declare(s_autoencoder), Path.Combine(folder, "vae", "diffusion_pytorch_model.safetensors"), seed,
                SafetensorsDType.Float32, []);
            File.WriteAllText(Path.Combine(folder, "vae", "config.json"),
                """
                {"block_out_channels": [32, 32, 32, 32], "layers_per_block": 1, "latent_channels": 4, "norm_num_groups": 32, "scaling_factor": 0.13025}
                """);
        }
        Directory.CreateDirectory(Path.Combine(folder, "unet"));
        Directory.CreateDirectory(Path.Combine(folder, "scheduler"));
        var unet = Unet.Declare(config.Unet);
        var names = unet.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        Write(unet, Path.Combine(folder, "unet", "diffusion_pytorch_model.safetensors"), seed, SafetensorsDType.Float16, []);
        Write([.. FaithDiffModel.Declare(config).Where(t => !names.Contains(t.Name))],
            Path.Combine(folder, "faithdiff.safetensors"), seed, SafetensorsDType.Float16, []);
        File.WriteAllText(Path.Combine(folder, "unet", "config.json"), UnetConfigJson.WriteDiffusers(config.Unet));
        File.WriteAllText(Path.Combine(folder, "scheduler", "scheduler_config.json"),
            """
            {
              "_class_name": "EulerDiscreteScheduler", "timestep_spacing": "leading", "steps_offset": 1,
              "beta_schedule": "scaled_linear", "set_alpha_to_one": false
            }
            """);
        return folder;
    }

    /// <summary>A picture of smooth waves and noise.</summary>
    public static CalibrationPicture Picture(int width, int height, int enlargement = 0)
    {
        float[] Values(int w, int h) =>
            [.. Enumerable.Range(0, h).SelectMany(y =>
            Enumerable.Range(0, w).SelectMany(x => Enumerable.Range(0, 3).Select(c => (float)Math.Sin(11.0 * x / w + 7.0 * y * (c + 1) / h))))];
        return new CalibrationPicture(
            FormattableString.Invariant($"{width}x{height}.png"), new PictureValues(width, height, Values(width, height)),
            enlargement == 0 ? null
                : new PictureValues(width * enlargement, height * enlargement, Values(width * enlargement, height * enlargement)));
    }

    static void Write(ImmutableArray<TensorDeclaration> tensors, string path, long seed, SafetensorsDType type, Dictionary<string, string> metadata)
    {
        using var source = new GeneratedSource(seed, tensors, type: type == SafetensorsDType.Float32 ? DType.F32 : DType.F16);
        var writer = new SafetensorsWriter();
        foreach (var (key, value) in metadata) writer.Metadata[key] = value;
        foreach (var tensor in tensors)
            writer.Add(tensor.Name, type, [.. Enumerable.Range(0, tensor.Shape.Rank).Select(i => (long)tensor.Shape[i])],
                source.Read(tensor.Name).Bytes.ToArray());
        writer.Write(path);
    }
}
