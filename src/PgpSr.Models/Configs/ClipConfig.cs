using System.Text.Json;
using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>The topology of a CLIP text encoder (transformers CLIPTextModel, with or without projection).</summary>
sealed record ClipConfig
{
    /// <summary>Channels of the residual stream.</summary>
    public required int Width { get; init; }

    /// <summary>Number of layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Attention heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Channels inside the MLP.</summary>
    public required int MlpWidth { get; init; }

    /// <summary>QuickGELU in OpenAI's models, the exact GELU in OpenCLIP's.</summary>
    public required Activation Activation { get; init; }

    /// <summary>Channels of the pooled projection; 0 for an encoder without one.</summary>
    public int ProjectionWidth { get; init; }

    /// <summary>Entries of the vocabulary.</summary>
    public int Vocabulary { get; init; } = 49408;

    /// <summary>Positions of a prompt.</summary>
    public int Positions { get; init; } = 77;

    /// <summary>
    /// Id of the end token, at whose first occurrence the pooled state is read. Published configurations say 2, an old mistake that transformers
    /// keeps working by taking the largest id instead; so does 2 here.
    /// </summary>
    public int EndOfText { get; init; } = LegacyEndOfText;

    /// <summary>The value that means "the largest id of the prompt".</summary>
    public const int LegacyEndOfText = 2;

    /// <summary>CLIP ViT-L/14, SDXL's first text encoder: 123,060,480 parameters.</summary>
    public static ClipConfig VitL { get; } = new() { Width = 768, Layers = 12, Heads = 12, MlpWidth = 3072, Activation = Activation.QuickGelu };

    /// <summary>OpenCLIP ViT-bigG/14, SDXL's second text encoder: 694,659,840 parameters.</summary>
    public static ClipConfig VitBigG { get; } =
        new() { Width = 1280, Layers = 32, Heads = 20, MlpWidth = 5120, Activation = Activation.Gelu, ProjectionWidth = 1280 };

    /// <summary>OpenCLIP ViT-H/14 without its last layer, Stable Diffusion 2's text encoder: 340,387,840 parameters.</summary>
    public static ClipConfig VitH { get; } = new() { Width = 1024, Layers = 23, Heads = 16, MlpWidth = 4096, Activation = Activation.Gelu };

    /// <summary>
    /// Reads a transformers configuration whose class says whether there is a projection (<c>architectures</c>); without a class a
    /// <c>projection_dim</c> does.
    /// </summary>
    /// <exception cref="ConfigException">A setting is missing, malformed, or requests a feature this network type does not support.</exception>
    public static ClipConfig Read(JsonElement config, string file = "config.json") => Read(config, file, json =>
        !json.Has("architectures") ? json.Has("projection_dim") : json.Texts("architectures") switch
        {
            ["CLIPTextModel"] => false,
            ["CLIPTextModelWithProjection"] => true,
            _ => throw json.Wrong("architectures", "CLIPTextModel or CLIPTextModelWithProjection"),
        });

    /// <summary>Reads a transformers configuration. The projection is taken only if <paramref name="withProjection"/>: files of both classes carry a
    /// <c>projection_dim</c>.</summary>
    /// <exception cref="ConfigException">A setting is missing, malformed, or requests a feature this network type does not support.</exception>
    public static ClipConfig Read(JsonElement config, bool withProjection, string file = "config.json") => Read(config, file, _ => withProjection);

    // transformers writes all settings of its base class, dozens that have nothing to do with this network.
    static ClipConfig Read(JsonElement config, string file, Func<ConfigJson, bool> withProjection) =>
        ConfigJson.Read(config, file, json => Read(json, withProjection(json)), UnknownMembers.Ignored);

    static ClipConfig Read(ConfigJson json, bool withProjection)
    {
        json.Only("layer_norm_eps", 1e-5f);
        var result = new ClipConfig
        {
            Width = json.Integer("hidden_size"),
            Layers = json.Integer("num_hidden_layers"),
            Heads = json.Integer("num_attention_heads"),
            MlpWidth = json.Integer("intermediate_size"),
            Activation = json.Text("hidden_act", absent: "quick_gelu") switch
            {
                "quick_gelu" => Activation.QuickGelu,
                "gelu" => Activation.Gelu,
                _ => throw json.Wrong("hidden_act", "quick_gelu or gelu"),
            },
            ProjectionWidth = withProjection ? json.Integer("projection_dim") : 0,
            Vocabulary = json.Integer("vocab_size", absent: 49408),
            Positions = json.Integer("max_position_embeddings", absent: 77),
            EndOfText = json.Integer("eos_token_id", absent: LegacyEndOfText),
        };
        if (result.Heads < 1 || result.Width % result.Heads != 0) throw json.Wrong("num_attention_heads", $"a divisor of {result.Width}");
        if (result.Layers < 2) throw json.Wrong("num_hidden_layers", "at least 2: the state before the last layer is what is used");
        return result;
    }
}
