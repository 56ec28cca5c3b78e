using PgpSr.Restoration;

namespace PgpSr.Managed;

/// <summary>Describes a loaded or named model.</summary>
public sealed record ModelInfo
{
    /// <summary>Name in <see cref="ModelCatalog"/>, or the file's name without its extension.</summary>
    public required string Name { get; init; }

    /// <summary>The kind of pipeline that runs it.</summary>
    public required ModelKind Kind { get; init; }

    /// <summary>The enlargement factor in each direction; for models that support any scale, the one they were trained for.</summary>
    public required int Scale { get; init; }

    /// <summary>Network evaluations for one picture unless <see cref="UpscaleOptions.Steps"/> is set.</summary>
    public required int DefaultSteps { get; init; }

    /// <summary>Number of parameters in the checkpoint.</summary>
    public long ParameterCount { get; init; }

    /// <summary>Bytes of the weights as the backend holds them; 0 for a model that is not loaded.</summary>
    public long WeightBytes { get; init; }

    /// <summary>SHA-256 of the checkpoint's bytes in lower-case hexadecimal; computed on first use.</summary>
    public string Sha256 => ComputeHash(CancellationToken.None);

    /// <summary>The path, or <c>embedded</c>.</summary>
    public required string Source { get; init; }

    /// <summary>SPDX identifier of the weights' license; empty if the checkpoint names none.</summary>
    public string License { get; init; } = "";

    /// <summary>Its purpose and training data; empty if the checkpoint does not state them.</summary>
    public string Description { get; init; } = "";

    /// <summary>What users of the model must know, such as a license that restricts its use; usually empty.</summary>
    public string Notice { get; init; } = "";

    internal CheckpointHash? Hash { get; init; }

    internal string ComputeHash(CancellationToken cancellation) => Hash?.Compute(cancellation) ?? "";
}
