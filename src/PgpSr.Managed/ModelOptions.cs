namespace PgpSr.Managed;

/// <summary>What is chosen of a model when it is loaded. Everything unset takes the model's own value.</summary>
public sealed record ModelOptions
{
    /// <summary>The options used where none are given.</summary>
    public static ModelOptions Default { get; } = new();

    /// <summary>
    /// A tiny autoencoder (TAESD) that decodes in the place of Stable Diffusion's: a file or folder, or <c>tiny</c> for the one in the model's
    /// folder. An eighteenth of the decoder's work; fine detail is invented more freely.
    /// </summary>
    public string? Vae { get; init; }

    /// <summary>How strongly PiSA-SR's adapter for pixels counts; null for 1, as published. Other than the detail's, it takes the network twice.</summary>
    public float? PixelStrength { get; init; }

    /// <summary>How strongly PiSA-SR's adapter for detail counts; null for 1, as published.</summary>
    public float? DetailStrength { get; init; }

    /// <summary>
    /// How strongly noise and compression are removed, 0 to 1, by a model that can be told. A model of this library takes it for how damaged pictures are;
    /// null lets it find out by itself. realesr-general-x4v3 mixes its weights with those of its twin realesr-general-wdn-x4v3, which lies beside it; null
    /// for 1.
    /// </summary>
    public float? Denoise { get; init; }

    /// <summary>
    /// Between what is certain (0, faithful: the least error) and what looks like a photograph (1, vivid: detail is invented), by an embedded model that
    /// has a vivid twin. Their weights are mixed (Wang et al. 2019, deep network interpolation). Null for the named model as it is.
    /// </summary>
    public float? Look { get; init; }
}
