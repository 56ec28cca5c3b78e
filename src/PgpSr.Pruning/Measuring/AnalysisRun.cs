using System.Collections.Immutable;
using System.Numerics.Tensors;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Pruning;

/// <summary>The loop over pictures and, if asked for, over blocks left out.</summary>
sealed class AnalysisRun
{
    readonly Subject _subject;
    readonly ImmutableArray<string> _left;
    readonly Dictionary<string, double> _skipErrors = new(StringComparer.Ordinal);
    readonly IProgress<AnalysisProgress>? _progress;
    readonly CancellationToken _cancellation;
    readonly int _pictures, _evaluations;
    int _picture = -1, _evaluation = -1;

    public AnalysisRun(
        Subject subject, ImmutableArray<BlockStack> stacks, AnalysisOptions options, int pictures,
            IProgress<AnalysisProgress>? progress, CancellationToken cancellation)
    {
        _subject = subject;
        _left = options.SkipErrors ? [.. stacks.SelectMany(stack => Enumerable.Range(0, stack.Depth).Select(stack.Block))] : [];
        _pictures = pictures;
        _evaluations = checked(pictures * subject.Timesteps.Count * (1 + _left.Length));
        _progress = progress;
        _cancellation = cancellation;
        Meter = new FeatureMeter(options.Axis);
    }

    /// <summary>What was measured.</summary>
    public FeatureMeter Meter { get; }

    /// <summary>Mean over pictures, or null if it was not asked for.</summary>
    public double? SkipError(string block) => _skipErrors.TryGetValue(block, out double sum) ? sum / _pictures : null;

    public void Measure(Workspace ws, CalibrationPicture picture)
    {
        _picture++;
        using var scope = ws.Scope(nameof(Measure));
        using var prepared = _subject.Prepare(ws, picture);
        Meter.BeginPicture();
        float[] whole = Sample(ws, prepared, Meter, null);
        double norm = TensorPrimitives.Norm<float>(whole);
        foreach (string block in _left)
        {
            float[] without = Sample(ws, prepared, new LeaveOut(block), block);
            double error = TensorPrimitives.Distance<float>(whole, without) / Math.Max(norm, float.Epsilon);
            if (!double.IsFinite(error)) Throw.NotFinite(block, "without it the final latent contains infinity or NaN");
            _skipErrors[block] = _skipErrors.GetValueOrDefault(block) + error;
        }
    }

    float[] Sample(Workspace ws, IPreparedPicture prepared, FeatureProbe probe, string? skipped)
    {
        using var scope = ws.Scope(nameof(Sample));
        float[] latent = ws.Download(prepared.Sample(ws, probe, () =>
        {
            _cancellation.ThrowIfCancellationRequested();
            if (skipped is null) Meter.BeginEvaluation();
            Tell(skipped); // an evaluation begins when the one before has ended
        }));
        if (_evaluation == _evaluations - 1) Tell(skipped); // the very last has no successor to say so
        return latent;
    }

    void Tell(string? skipped) => _progress?.Report(new AnalysisProgress(_picture, _pictures, ++_evaluation, _evaluations, skipped));

    sealed class LeaveOut(string block) : FeatureProbe
    {
        public override BlockVisit Visit(string path) => path == block ? BlockVisit.Skip : BlockVisit.Run;
    }
}
