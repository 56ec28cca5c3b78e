using PgpSr.Imaging;

namespace PgpSr.Managed;

/// <summary>Options of a run. What is not set takes the model's own value.</summary>
public sealed record UpscaleOptions
{
    /// <summary>The defaults.</summary>
    public static UpscaleOptions Default { get; } = new();

    /// <summary>The enlargement factor in each direction; null for the model's scale. Excludes a width or height.</summary>
    public double? Scale { get; init; }

    /// <summary>Columns of the result; without a height, the aspect ratio is kept.</summary>
    public int? Width { get; init; }

    /// <summary>Rows of the result; without a width, the aspect ratio is kept.</summary>
    public int? Height { get; init; }

    /// <summary>How the aspect ratio is treated if both width and height are given.</summary>
    public FitMode Fit { get; init; }

    /// <summary>Network evaluations; null for the model's own number.</summary>
    public int? Steps { get; init; }

    /// <summary>
    /// For models that sample a UNet in several steps (FaithDiff, the Stable Diffusion x4 upscaler): of so many steps one is complete, the others
    /// evaluate the outermost level and take the deeper features from it (DeepCache). 1, the default, evaluates all of every step. Larger is faster
    /// and other than the model's own result; at most 1000.
    /// </summary>
    public int Reuse { get; init; } = 1;

    /// <summary>Classifier-free guidance of models with text; null for the model's own.</summary>
    public float? Guidance { get; init; }

    /// <summary>
    /// How much noise is added to the source, for models with such a setting (the Stable Diffusion x4 upscaler: 0 to 350). More noise lets the model
    /// invent more; null for the model's own.
    /// </summary>
    public int? NoiseLevel { get; init; }

    /// <summary>Seed of the noise. The same seed gives the same bytes, whatever the thread count and the order of tiles.</summary>
    public ulong Seed { get; init; }

    /// <summary>Longest side of a tile, in pixels of the source; null to derive it from the memory budget.</summary>
    public int? Tile { get; init; }

    /// <summary>Pixels of the source that neighboring tiles share; null for the model's own.</summary>
    public int? Overlap { get; init; }

    /// <summary>How the colors of the result are matched to the source; null for the model's own method (none where it predicts a residual).</summary>
    public ColorFixMethod? ColorFix { get; init; }

    /// <summary>The most bytes that a run may hold at once: weights, activations, pictures and strips; null for no limit.</summary>
    public long? MemoryBudget { get; init; }

    /// <summary>The prompt, for models that take text.</summary>
    public Prompt? Prompt { get; init; }
}
