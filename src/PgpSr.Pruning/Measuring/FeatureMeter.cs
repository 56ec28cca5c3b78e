using System.Runtime.InteropServices;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Pruning;

/// <summary>
/// Measures a network while a sampler runs it: every level's result against the same level's at the evaluation before, and every transformer block's
/// output against its input. It keeps the level results of one evaluation and two buffers, on the host.
/// </summary>
sealed class FeatureMeter(SoftmaxAxis axis) : FeatureProbe
{
    readonly Dictionary<string, Series> _stages = new(StringComparer.Ordinal);
    readonly Dictionary<string, Series> _blocks = new(StringComparer.Ordinal);
    readonly Dictionary<string, float[]> _before = new(StringComparer.Ordinal);
    float[] _first = [], _second = [];
    int _evaluation = -1;

    /// <summary>Levels in the order in which they run; a value for each evaluation but the first.</summary>
    public IReadOnlyDictionary<string, Series> Stages => _stages;

    /// <summary>Blocks in the order in which they run; a value for each evaluation.</summary>
    public IReadOnlyDictionary<string, Series> Blocks => _blocks;

    /// <summary>The next picture begins: nothing is adjacent to what was seen before.</summary>
    public void BeginPicture()
    {
        _evaluation = -1;
        _before.Clear();
    }

    /// <summary>The next evaluation of the network begins.</summary>
    public void BeginEvaluation() => _evaluation++;

    /// <inheritdoc/>
    public override void OnStage(Workspace ws, string path, Tensor output)
    {
        var features = Download(ws, output, ref _first);
        var series = Of(_stages, path);
        if (_before.TryGetValue(path, out float[]? kept))
            series.Add(_evaluation - 1, Compare(path, features, kept, output.Shape[-1])); // F1 is this timestep, F2 the noisier one before
        else kept = new float[features.Length];
        features.CopyTo(kept);
        _before[path] = kept;
    }

    /// <inheritdoc/>
    public override void OnBlock(Workspace ws, string path, Tensor input, Tensor output)
    {
        var (before, after) = (Download(ws, input, ref _first), Download(ws, output, ref _second));
        Of(_blocks, path).Add(_evaluation, Compare(path, before, after, output.Shape[-1]));
    }

    FeatureDistance Compare(string path, Memory<float> first, Memory<float> second, int channels)
    {
        var distance = FeatureDistance.Between(first, second, channels, axis);
        if (!double.IsFinite(distance.PhiCos) || !double.IsFinite(distance.PsiKl))
            Throw.NotFinite(path,
                "its features contain infinity or NaN, so nothing can be measured; are these the weights that the configuration says?");
        return distance;
    }

    static Series Of(Dictionary<string, Series> series, string path) =>
        CollectionsMarshal.GetValueRefOrAddDefault(series, path, out _) ??= new Series();

    // Only the last row: under guidance the rows before it are unconditional.
    static Memory<float> Download(Workspace ws, Tensor x, ref float[] buffer)
    {
        var row = x.Shape[0] == 1 ? x : x.Slice(x.Shape[0] - 1, 1);
        int count = checked((int)row.Shape.Count);
        if (buffer.Length < count) buffer = new float[count];
        ws.Download(row, buffer.AsSpan(0, count));
        return buffer.AsMemory(0, count);
    }

    /// <summary>Means over pictures, one for each evaluation.</summary>
    public sealed class Series
    {
        readonly List<(double Phi, double Psi, int Count)> _sums = [];

        /// <summary>Phi_cos of each evaluation.</summary>
        public IEnumerable<double> PhiCos => _sums.Select(s => s.Phi / Math.Max(1, s.Count));

        /// <summary>Psi_KL of each evaluation.</summary>
        public IEnumerable<double> PsiKl => _sums.Select(s => s.Psi / Math.Max(1, s.Count));

        public void Add(int evaluation, FeatureDistance distance)
        {
            while (_sums.Count <= evaluation) _sums.Add(default);
            var (phi, psi, count) = _sums[evaluation];
            _sums[evaluation] = (phi + distance.PhiCos, psi + distance.PsiKl, count + 1);
        }
    }
}
