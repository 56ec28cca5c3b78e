using System.Collections.Immutable;
using System.Text.Json;

namespace PgpSr.Pruning;

/// <summary>What an analysis measured. Its JSON is described in this room's <c>REPORT.md</c>.</summary>
sealed record PruningReport
{
    /// <summary>The value of <c>format</c>.</summary>
    public const string CurrentFormat = "pgpsr.pruning-report.1";

    /// <summary>Version of the form.</summary>
    public string Format { get; init; } = CurrentFormat;

    /// <summary>Which model.</summary>
    public required MeasuredModel Model { get; init; }

    /// <summary>How it was run.</summary>
    public required MeasuredRun Run { get; init; }

    /// <summary>The calibration pictures.</summary>
    public required ImmutableArray<MeasuredPicture> Pictures { get; init; }

    /// <summary>Levels: how much their results change from one evaluation to the next.</summary>
    public required ImmutableArray<StageScore> Stages { get; init; }

    /// <summary>Transformer blocks: how much each changes its input.</summary>
    public required ImmutableArray<BlockScore> Blocks { get; init; }

    /// <summary>Reads a report's JSON.</summary>
    /// <param name="json">The text.</param>
    /// <param name="file">Name for messages.</param>
    /// <exception cref="PruningException">It is none of this version (<see cref="PruningFault.Malformed"/>).</exception>
    public static PruningReport Parse(string json, string file)
    {
        var report = PruningJson.Parse(json, file, PruningJson.Default.PruningReport);
        if (report.Format != CurrentFormat) Throw.Malformed(file, $"its format is '{report.Format}'; expected '{CurrentFormat}'");
        // Nulls inside lists pass the reader.
        Refuse(report.Model.Files, "model.files", file);
        Refuse(report.Pictures, "pictures", file);
        Refuse(report.Stages, "stages", file);
        Refuse(report.Blocks, "blocks", file);
        if (report.Blocks.DistinctBy(block => block.Path, StringComparer.Ordinal).Count() != report.Blocks.Length)
            Throw.Malformed(file, "it lists a block twice");
        return report;
    }

    /// <summary>The report as JSON that <see cref="Parse"/> reads.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, PruningJson.Default.PruningReport);

    static void Refuse<T>(ImmutableArray<T> list, string name, string file)
        where T : class
    {
        if (list.Contains(null!)) Throw.Malformed(file, $"{name} holds null");
    }
}

/// <summary>A model that was measured.</summary>
/// <param name="Name">File or folder name.</param>
/// <param name="Kind">small, unet or faith_diff.</param>
/// <param name="Files">Its files with their SHA-256.</param>
/// <param name="Parameters">Numbers in it.</param>
/// <param name="Bytes">Bytes of its tensors.</param>
sealed record MeasuredModel(string Name, CheckpointKind Kind, ImmutableArray<SourceFile> Files, long Parameters, long Bytes);

/// <summary>A file by name and content.</summary>
/// <param name="Name">Without its folder.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
sealed record SourceFile(string Name, string Sha256);

/// <summary>How a model was run for measuring.</summary>
/// <param name="Solver">Which solver, or <c>one_step</c>.</param>
/// <param name="Steps">Steps of the sampler.</param>
/// <param name="Timesteps">Timestep of each evaluation of the network.</param>
/// <param name="Seed">Of the noise.</param>
/// <param name="Guidance">Weight of classifier-free guidance; 1 is none. Metrics are those of the conditional row.</param>
/// <param name="Prompt">What the network was told: <c>none</c>, <c>empty</c>, <c>embeddings</c>, or <c>zeros</c> where there was neither encoder nor
/// file.</param>
/// <param name="Start">Where sampling began: <c>noise</c>, <c>degraded</c> (a picture's latent, noised) or <c>picture</c> (one step, without
/// noise).</param>
/// <param name="SoftmaxAxis">Of Psi_KL.</param>
/// <param name="Backend">Where it ran.</param>
sealed record MeasuredRun(
    string Solver, int Steps, ImmutableArray<double> Timesteps, ulong Seed, double Guidance, string Prompt,
        string Start, SoftmaxAxis SoftmaxAxis, string Backend);

/// <summary>A calibration picture.</summary>
/// <param name="Name">File name.</param>
/// <param name="Width">Pixels of what the network was told of.</param>
/// <param name="Height">The same.</param>
sealed record MeasuredPicture(string Name, int Width, int Height);

/// <summary>How much a level's result changes from one evaluation to the next; means over pictures.</summary>
/// <param name="Path">Key path of the level.</param>
/// <param name="Part">Where it stands.</param>
/// <param name="PhiCos">One value for each evaluation after the first: that evaluation's features (F1) against those before (F2, noisier).</param>
/// <param name="PsiKl">The same.</param>
/// <param name="MeanPhiCos">Over evaluations; null for a run of one.</param>
/// <param name="MeanPsiKl">The same.</param>
sealed record StageScore(string Path, UnetPart Part, ImmutableArray<double> PhiCos, ImmutableArray<double> PsiKl,
    double? MeanPhiCos, double? MeanPsiKl);

/// <summary>How much a transformer block changes its input; means over pictures.</summary>
/// <param name="Path">Key path of the block.</param>
/// <param name="Part">Where it stands.</param>
/// <param name="PhiCos">One value for each evaluation: the block's input (F1) against its output (F2).</param>
/// <param name="PsiKl">The same.</param>
/// <param name="MeanPhiCos">Over evaluations: what a plan decides by.</param>
/// <param name="MeanPsiKl">The same.</param>
/// <param name="SkipError">||z' - z|| / ||z|| of the final latent when this block alone is left out; null if it was not asked for.</param>
sealed record BlockScore(
    string Path, UnetPart Part, ImmutableArray<double> PhiCos, ImmutableArray<double> PsiKl, double MeanPhiCos,
        double MeanPsiKl, double? SkipError = null);
