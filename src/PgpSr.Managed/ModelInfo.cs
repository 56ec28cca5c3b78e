using PgpSr.Restoration;

namespace PgpSr.Managed;

/// <summary>What is known of a loaded or named model.</summary>
public sealed record ModelInfo
{
    /// <summary>Name in <see cref="ModelCatalog"/>, or the file's name without its extension.</summary>
    public required string Name { get; init; }

    /// <summary>Which pipeline it runs in.</summary>
    public required ModelKind Kind { get; init; }

    /// <summary>How many times larger its result is, in each direction; for models that take any scale, the one they were trained for.</summary>
    public required int Scale { get; init; }

    /// <summary>Network evaluations for one restoration unless <see cref="UpscaleOptions.Steps"/> says otherwise.</summary>
    public required int DefaultSteps { get; init; }

    /// <summary>Number of parameters in the checkpoint.</summary>
    public long ParameterCount { get; init; }

    /// <summary>Bytes of the weights as the backend holds them; 0 for a model that is not loaded.</summary>
    public long WeightBytes { get; init; }

    /// <summary>SHA-256 of the checkpoint's bytes in lower-case hexadecimal; computed when first asked for.</summary>
    public string Sha256 => ComputeHash(CancellationToken.None);

    /// <summary>The path, or <c>embedded</c>.</summary>
    public required string Source { get; init; }

    /// <summary>SPDX name of the weights' license, empty if the checkpoint names none.</summary>
    public string License { get; init; } = "";

    /// <summary>What it is for and what it was trained on; empty if the checkpoint does not say.</summary>
    public string Description { get; init; } = "";

    /// <summary>What a user of the model must know, such as a license that forbids some uses; usually empty.</summary>
    public string Notice { get; init; } = "";

    internal CheckpointHash? Hash { get; init; }

    internal string ComputeHash(CancellationToken cancellation) => Hash?.Compute(cancellation) ?? "";
}
