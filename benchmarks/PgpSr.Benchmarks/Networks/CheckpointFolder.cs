using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>What lies in the folders of published checkpoints: FaithDiff's and OSEDiff's.</summary>
static class CheckpointFolder
{
    public const string UnetFile = "unet/diffusion_pytorch_model.safetensors", UnetConfiguration = "unet/config.json";

    const string VaeFile = "vae/diffusion_pytorch_model.safetensors";
    const int Rank = 4;

    // What OSEDiff's adapters change.
    static readonly string[] s_tuned =
        ["to_k", "to_q", "to_v", "to_out.0", "conv", "conv1", "conv2", "conv_in", "conv_out", "conv_shortcut", "proj_in", "proj_out", "ff.net.2", "ff.net.0.proj"];

    /// <summary>Stable Diffusion 2.1-base.</summary>
    public static UnetConfig Sd21 { get; } = new()
    {
        ContextChannels = 1024,
        Down = [Level(320, 1, true), Level(640, 1, true), Level(1280, 1, true), Level(1280, UnetStageConfig.NoTransformer, false)],
        Middle = new UnetMiddleConfig(1280, 20, 1),
        Up = [Level(1280, UnetStageConfig.NoTransformer, true, 3), Level(1280, 1, true, 3), Level(640, 1, true, 3), Level(320, 1, false, 3)],
    };

    /// <summary>The UNet, and apart what FaithDiff adds to it.</summary>
    public static IEnumerable<(string, IEnumerable<TensorDeclaration>)> FaithDiffFiles(FaithDiffConfig config)
    {
        var unet = Unet.Declare(config.Unet);
        var names = unet.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        yield return (UnetFile, unet);
        yield return ("faithdiff.safetensors", FaithDiffModel.Declare(config).Where(t => !names.Contains(t.Name)));
    }

    /// <summary>What else its pipeline needs: autoencoder, text encoders.</summary>
    public static IEnumerable<(string, IEnumerable<TensorDeclaration>)> PipelineFiles() =>
    [
        (VaeFile, AutoencoderKl.Declare(AutoencoderConfig.Sdxl)),
        ("text_encoder/model.safetensors", ClipTextEncoder.Declare(ClipConfig.VitL)),
        ("text_encoder_2/model.safetensors", ClipTextEncoder.Declare(ClipConfig.VitBigG)),
    ];

    public static IEnumerable<(string, string)> PipelineConfigurations() =>
    [
        Vae(0.13025), ("text_encoder/config.json", Text(ClipConfig.VitL, "quick_gelu", 768)),
        ("text_encoder_2/config.json", Text(ClipConfig.VitBigG, "gelu", 1280)),
    ];

    /// <summary>OSEDiff as people have it: Stable Diffusion 2.1-base, adapters of rank 4, the empty prompt, and TAESD beside it.</summary>
    public static IEnumerable<(string, IEnumerable<TensorDeclaration>)> OneStepFiles()
    {
        var unet = Unet.Declare(Sd21);
        var vae = AutoencoderKl.Declare(AutoencoderConfig.Sdxl);
        yield return (UnetFile, unet);
        yield return (VaeFile, vae);
        yield return ("taesd/diffusion_pytorch_model.safetensors", TinyAutoencoder.Declare(TinyAutoencoderConfig.Taesd));
        yield return ("prompt.safetensors", [new("context", new Shape(1, 77, 1024))]);
        yield return ("osediff.safetensors", [.. Adapters("state_dict_unet.", unet),
            .. Adapters("state_dict_vae.", vae.Where(t => t.Name.StartsWith("encoder.", StringComparison.Ordinal)))]);
    }

    public static IEnumerable<(string, string)> OneStepConfigurations() => [Vae(0.18215)];

    static (string, string) Vae(double scale) => ("vae/config.json",
        FormattableString.Invariant($$"""{"block_out_channels": [128, 256, 512, 512], "layers_per_block": 2, "scaling_factor": {{scale}}}"""));

    static string Text(ClipConfig config, string activation, int projection) => $$"""
        {"hidden_size": {{config.Width}}, "num_hidden_layers": {{config.Layers}}, "num_attention_heads": {{config.Heads}},
         "intermediate_size": {{config.MlpWidth}}, "hidden_act": "{{activation}}", "projection_dim": {{projection}}}
        """;

    static UnetStageConfig Level(int channels, int depth, bool resample, int layers = 2) =>
        new(channels, channels / 64, [.. Enumerable.Repeat(depth, layers)], resample);

    static IEnumerable<TensorDeclaration> Adapters(string prefix, IEnumerable<TensorDeclaration> network)
    {
        foreach (var (name, shape) in network)
        {
            if (shape.Rank < 2 || !s_tuned.Any(tuned => name.EndsWith($".{tuned}.weight", StringComparison.Ordinal) || name == $"{tuned}.weight")) continue;
            string module = prefix + name[..^".weight".Length];
            bool kernel = shape.Rank == 4;
            yield return new($"{module}.lora_A.default.weight", kernel ? new(Rank, shape[1], shape[2], shape[3]) : new(Rank, shape[1]));
            yield return new($"{module}.lora_B.default.weight", kernel ? new(shape[0], Rank, 1, 1) : new(shape[0], Rank));
        }
    }
}
