using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>What lies in the folders of published checkpoints: FaithDiff's and OSEDiff's.</summary>
static class CheckpointFolder
{
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

    public static (string, IEnumerable<TensorDeclaration>) Vae => ("vae/diffusion_pytorch_model.safetensors", AutoencoderKl.Declare(AutoencoderConfig.Sdxl));

    public static (string, IEnumerable<TensorDeclaration>) Unet(UnetConfig config) => ("unet/diffusion_pytorch_model.safetensors", Models.Unet.Declare(config));

    public static (string, string) UnetConfiguration(UnetConfig config) => ("unet/config.json", UnetConfigJson.WriteDiffusers(config));

    /// <summary>What FaithDiff adds to the UNet.</summary>
    public static (string, IEnumerable<TensorDeclaration>) Beside(FaithDiffConfig config) =>
        ("faithdiff.safetensors", FaithDiffModel.Declare(config).ExceptBy(Models.Unet.Declare(config.Unet).Select(t => t.Name), t => t.Name));

    /// <summary>With what else FaithDiff's pipeline needs: autoencoder, text encoders.</summary>
    public static Network WithPipeline(Network network) => network with
    {
        Parts = () =>
        [
            .. network.Files, Vae, ("text_encoder/model.safetensors", ClipTextEncoder.Declare(ClipConfig.VitL)),
            ("text_encoder_2/model.safetensors", ClipTextEncoder.Declare(ClipConfig.VitBigG)),
        ],
        Configurations = () =>
        [
            .. network.Configurations(), VaeConfiguration(0.13025), ("text_encoder/config.json", Text(ClipConfig.VitL, "quick_gelu", 768)),
            ("text_encoder_2/config.json", Text(ClipConfig.VitBigG, "gelu", 1280)),
        ],
    };

    /// <summary>OSEDiff as people have it: Stable Diffusion 2.1-base, adapters of rank 4, the empty prompt, and TAESD beside it.</summary>
    public static Network OneStep(Network network) => network with
    {
        Parts = () =>
        [
            .. network.Files, Vae, ("taesd/diffusion_pytorch_model.safetensors", TinyAutoencoder.Declare(TinyAutoencoderConfig.Taesd)),
            ("prompt.safetensors", [new("context", new Shape(1, 77, 1024))]),
            ("osediff.safetensors", [.. Adapters("state_dict_unet.", network.Declare()),
                .. Adapters("state_dict_vae.", Vae.Item2.Where(t => t.Name.StartsWith("encoder.", StringComparison.Ordinal)))]),
        ],
        Configurations = () => [.. network.Configurations(), VaeConfiguration(0.18215)],
    };

    static (string, string) VaeConfiguration(double scale) => ("vae/config.json",
        FormattableString.Invariant($$"""{"block_out_channels": [128, 256, 512, 512], "layers_per_block": 2, "scaling_factor": {{scale}}}"""));

    static string Text(ClipConfig config, string activation, int projection) => $$"""
        {"hidden_size": {{config.Width}}, "num_hidden_layers": {{config.Layers}}, "num_attention_heads": {{config.Heads}},
         "intermediate_size": {{config.MlpWidth}}, "hidden_act": "{{activation}}", "projection_dim": {{projection}}}
        """;

    static UnetStageConfig Level(int channels, int depth, bool resample, int layers = 2) =>
        new(channels, channels / 64, [.. Enumerable.Repeat(depth, layers)], resample);

    // Of rank 4.
    static IEnumerable<TensorDeclaration> Adapters(string prefix, IEnumerable<TensorDeclaration> network) =>
        from tensor in network
        where tensor.Shape.Rank > 1 && s_tuned.Any(tuned => $".{tensor.Name}".EndsWith($".{tuned}.weight", StringComparison.Ordinal))
        let module = prefix + tensor.Name[..^".weight".Length]
        let s = tensor.Shape
        from part in (TensorDeclaration[])
        [
            new($"{module}.lora_A.default.weight", s.Rank == 4 ? new(4, s[1], s[2], s[3]) : new(4, s[1])),
            new($"{module}.lora_B.default.weight", s.Rank == 4 ? new(s[0], 4, 1, 1) : new(s[0], 4)),
        ]
        select part;
}
