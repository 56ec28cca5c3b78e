namespace PgpSr.Managed;

/// <summary>Options for loading a model. What is not set takes the model's own value.</summary>
public sealed record ModelOptions
{
    /// <summary>The default options.</summary>
    public static ModelOptions Default { get; } = new();

    /// <summary>
    /// A tiny autoencoder (TAESD) that decodes instead of Stable Diffusion's: a file or folder, or <c>tiny</c> for the one in the model's
    /// folder. It takes an eighteenth of the decoder's work and invents fine detail more freely.
    /// </summary>
    public string? Vae { get; init; }

    /// <summary>Weight of PiSA-SR's adapter for pixels; null for 1, as published. A value other than that of the detail evaluates the network twice.</summary>
    public float? PixelStrength { get; init; }

    /// <summary>Weight of PiSA-SR's adapter for detail; null for 1, as published.</summary>
    public float? DetailStrength { get; init; }

    /// <summary>
    /// Strength of noise and artifact removal, 0 to 1, for models where it is adjustable. A model of this library takes away noise and compression up
    /// to that strength and keeps what is beyond it; null takes all that it finds. realesr-general-x4v3 mixes its weights with those of its twin
    /// realesr-general-wdn-x4v3, which lies beside it; null for 1.
    /// </summary>
    public float? Denoise { get; init; }

    /// <summary>
    /// From faithful (0: the least error) to vivid (1: looks like a photograph, with invented detail), for an embedded model that
    /// has a vivid twin. The weights of both are mixed (Wang et al. 2019, deep network interpolation). Null for the named model itself.
    /// </summary>
    public float? Look { get; init; }
}
