using System.Collections.Immutable;
using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Tensors;

namespace PgpSr.Pruning;

/// <summary>
/// Runs a model's sampler over calibration pictures and measures which of its blocks do little (PGP-DiffSR's first half). No feature map is kept
/// longer than one evaluation of the network.
/// </summary>
static class Analyzer
{
    /// <summary>Steps of models that do not say it: FaithDiff's.</summary>
    public static int DefaultSteps { get; } = new FaithDiffSettings().Steps;

    /// <summary>How many times a model wants pictures enlarged (<see cref="CalibrationPicture.Enlarged"/>) and by which filter: null if it does not, 0
    /// times if any size will do.</summary>
    /// <param name="checkpoint">The model.</param>
    /// <param name="steps">As in <see cref="AnalysisOptions.Steps"/>.</param>
    public static (int Times, ResizeFilter Filter)? EnlargementOf(Checkpoint checkpoint, int? steps = null)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        return checkpoint.Kind is CheckpointKind.Unet or CheckpointKind.FaithDiff ? (0, ResizeFilter.Lanczos) : TileSubject.Enlargement(checkpoint, steps);
    }

    /// <summary>What the sides of a model's calibration pictures are multiples of.</summary>
    public static int MultipleOf(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        return TileSubject.Multiple(checkpoint) ?? checkpoint.PixelsPerPosition;
    }

    /// <summary>Measures a model.</summary>
    /// <param name="checkpoint">The model; loaded for the time of the analysis.</param>
    /// <param name="backend">Where it runs.</param>
    /// <param name="pictures">At least one; each is asked for once, when its turn comes, so that a list may read them from the disk.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <param name="progress">Told after each evaluation of the network.</param>
    /// <param name="cancellation">Stops within a layer's time.</param>
    /// <exception cref="PruningException">No pictures, or one that cannot serve; or the features are not finite.</exception>
    /// <exception cref="WeightsException">Lists every missing, unexpected, misshapen or non-finite tensor.</exception>
    /// <exception cref="MemoryLimitException">It needs more than <see cref="AnalysisOptions.MemoryLimit"/>.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; everything was given back.</exception>
    public static PruningReport Run(
        Checkpoint checkpoint,
        Backend backend,
        IReadOnlyList<CalibrationPicture> pictures,
        AnalysisOptions? options = null,
        IProgress<AnalysisProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(pictures);
        options ??= new AnalysisOptions();
        if (pictures.Count == 0) Throw.NoPictures(checkpoint.Path, "no pictures to measure with; pass at least one");
        long room = options.MemoryLimit is { } limit ? limit - checkpoint.ByteCount : long.MaxValue;
        if (room <= 0) throw new MemoryLimitException(backend.Name, checkpoint.ByteCount, options.MemoryLimit!.Value);
        var before = backend.CancellationToken;
        backend.CancellationToken = cancellation;
        try
        {
            using Subject subject = (Subject?)TileSubject.Of(checkpoint, backend, options, cancellation)
                ?? new LatentSubject(checkpoint, backend, options, cancellation);
            var run = new AnalysisRun(subject, BlockStack.Of(checkpoint.Unet), options, pictures.Count, progress, cancellation);
            var measured = ImmutableArray.CreateBuilder<MeasuredPicture>(pictures.Count);
            using (var ws = new Workspace(backend, new WorkspaceOptions { LimitBytes = room }))
            {
                foreach (var picture in pictures)
                {
                    run.Measure(ws, picture);
                    var seen = picture.Enlarged ?? picture.Degraded;
                    measured.Add(new MeasuredPicture(picture.Name, seen.Width, seen.Height));
                }
            }
            return Report(checkpoint, backend, measured.MoveToImmutable(), options, subject, run, cancellation);
        }
        finally
        {
            backend.CancellationToken = before;
        }
    }

    static PruningReport Report(
        Checkpoint checkpoint, Backend backend, ImmutableArray<MeasuredPicture> pictures, AnalysisOptions options,
            Subject subject, AnalysisRun run, CancellationToken cancellation)
    {
        var (solver, steps, prompt, start, guidance) = subject.Describe;
        return new PruningReport
        {
            Model = new MeasuredModel(NameOf(checkpoint.Path), checkpoint.Kind, SourceFiles.Hash(checkpoint, cancellation),
                checkpoint.ParameterCount, checkpoint.ByteCount),
            Run = new MeasuredRun(solver, steps, [.. subject.Timesteps], options.Seed, guidance, prompt, start, options.Axis, backend.Name),
            Pictures = pictures,
            Stages = [.. run.Meter.Stages.Select(s =>
                new StageScore(s.Key, BlockStack.PartOf(s.Key), [.. s.Value.PhiCos], [.. s.Value.PsiKl], Mean(s.Value.PhiCos), Mean(s.Value.PsiKl)))],
            Blocks = [.. run.Meter.Blocks.Select(b => new BlockScore(
                b.Key, BlockStack.PartOf(b.Key), [.. b.Value.PhiCos], [.. b.Value.PsiKl], b.Value.PhiCos.Average(),
                    b.Value.PsiKl.Average(), run.SkipError(b.Key)))],
        };
    }

    // A level of a one-step model has nothing to be compared with.
    static double? Mean(IEnumerable<double> values) => values.Select(value => (double?)value).Average();

    static string NameOf(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
}
