using PgpSr.Imaging;

namespace PgpSr.Managed;

/// <summary>What is wanted of a run. Everything unset takes the model's own value.</summary>
public sealed record UpscaleOptions
{
    /// <summary>The options used where none are given.</summary>
    public static UpscaleOptions Default { get; } = new();

    /// <summary>How many times larger the result is, in each direction; null for the model's scale. Not together with a width or height.</summary>
    public double? Scale { get; init; }

    /// <summary>Columns of the result; without a height, the aspect ratio is kept.</summary>
    public int? Width { get; init; }

    /// <summary>Rows of the result; without a width, the aspect ratio is kept.</summary>
    public int? Height { get; init; }

    /// <summary>What becomes of the aspect ratio where both width and height are given.</summary>
    public FitMode Fit { get; init; }

    /// <summary>Network evaluations; null for the model's own number.</summary>
    public int? Steps { get; init; }

    /// <summary>Classifier-free guidance of models with text; null for the model's own.</summary>
    public float? Guidance { get; init; }

    /// <summary>
    /// How much noise the source is covered with by a model that is told so (Stable Diffusion's x4 upscaler: 0 to 350): more lets it invent more; null
    /// for the model's own.
    /// </summary>
    public int? NoiseLevel { get; init; }

    /// <summary>Of the noise. The same seed gives the same bytes, whatever the thread count and the order of tiles.</summary>
    public ulong Seed { get; init; }

    /// <summary>Longest side of a tile in pixels of the source; null to let the budget decide.</summary>
    public int? Tile { get; init; }

    /// <summary>Pixels of the source that neighboring tiles share; null for the model's own.</summary>
    public int? Overlap { get; init; }

    /// <summary>How the result is given the colors of the source; null for the model's own way (none for models that predict a residual).</summary>
    public ColorFixMethod? ColorFix { get; init; }

    /// <summary>The most bytes that a run may hold at once: weights, activations, pictures and strips. Null for no limit.</summary>
    public long? MemoryBudget { get; init; }

    /// <summary>Text for models that take some.</summary>
    public Prompt? Prompt { get; init; }
}
