using System.Runtime.InteropServices;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Conformance;

/// <summary>
/// Gives an inner backend's operations binary16 activations and looks float32 from outside: sources are rounded, the operation runs on what is
/// stored, its result is widened. What is float32 on every backend (parameters, per-channel terms, spectra) is passed on. Around every stored tensor
/// lie elements that must not change. With <paramref name="stored"/> float32 it is the reference of the same: rounded sources, an exact result.
/// </summary>
/// <param name="inner">Runs the operations; disposed with this.</param>
/// <param name="stored">F16, or F32 for a reference.</param>
sealed class HalfStorageBackend(Backend inner, DType stored) : Backend
{
    // Slices begin at whole rows: a view is aligned to the power of two that its rows are multiples of, and kernels may count on no more.
    const int MostBefore = 8, OddBefore = 3, After = 37;

    /// <summary>Representable in binary16.</summary>
    const float Sentinel = -1344;

    public override string Name => inner.Name;

    /// <summary>What binary16 keeps of a value: finite ones out of range become the largest.</summary>
    public static float Round(float value) => (float)(Half)Saturate(value);

    public override DeviceBuffer Allocate(long bytes) => inner.Allocate(bytes);

    protected override void UploadCore(ReadOnlySpan<byte> source, Tensor destination) => inner.Upload(source, destination);

    protected override void DownloadCore(Tensor source, Span<byte> destination) => inner.Download(source, destination);

    protected override PackedConv2d PackConv2dCore(HostTensor weight, HostTensor bias, Conv2dGeometry geometry) => inner.PackConv2d(weight, bias, geometry);

    protected override PackedLinear PackLinearCore(HostTensor weight, HostTensor bias, LinearForm form) => inner.PackLinear(weight, bias, form);

    public override void Conv2d(Tensor x, PackedConv2d weight, in Epilogue epilogue, Tensor y)
    {
        var given = epilogue;
        Run([y], of => inner.Conv2d(of(x), weight, given with { Residual = given.Residual is { } r ? of(r) : null }, of(y)));
    }

    public override void Linear(Tensor x, PackedLinear weight, in Epilogue epilogue, Tensor y)
    {
        var given = epilogue;
        Run([y], of => inner.Linear(of(x), weight, given with { Residual = given.Residual is { } r ? of(r) : null }, of(y)));
    }

    public override void Attention(Tensor q, Tensor k, Tensor v, int heads, float scale, bool causal, Tensor y) =>
        Run([y], of => inner.Attention(of(q), of(k), of(v), heads, scale, causal, of(y)));

    public override void GroupNorm(Tensor x, Tensor gamma, Tensor beta, int groups, float epsilon, Activation activation, Tensor y) =>
        Run([y], of => inner.GroupNorm(of(x), gamma, beta, groups, epsilon, activation, of(y)));

    public override void LayerNorm(Tensor x, Tensor gamma, Tensor beta, float epsilon, Tensor y) =>
        Run([y], of => inner.LayerNorm(of(x), gamma, beta, epsilon, of(y)));

    public override void Activate(Tensor x, Activation activation, Tensor y) => Run([y], of => inner.Activate(of(x), activation, of(y)));

    public override void PRelu(Tensor x, Tensor slopes, Tensor y) => Run([y], of => inner.PRelu(of(x), slopes, of(y)));

    public override void Combine(float a, Tensor x, float b, Tensor z, Tensor y) => Run([y], of => inner.Combine(a, of(x), b, of(z), of(y)));

    public override void Scale(float a, Tensor x, Tensor y) => Run([y], of => inner.Scale(a, of(x), of(y)));

    public override void ConcatChannels(Tensor a, Tensor b, Tensor y) => Run([y], of => inner.ConcatChannels(of(a), of(b), of(y)));

    public override void SliceChannels(Tensor x, int start, Tensor y) => Run([y], of => inner.SliceChannels(of(x), start, of(y)));

    public override void ResizeNearest(Tensor x, Tensor y) => Run([y], of => inner.ResizeNearest(of(x), of(y)));

    public override void SpaceToDepth(Tensor x, int factor, Tensor y) => Run([y], of => inner.SpaceToDepth(of(x), factor, of(y)));

    public override void DepthToSpace(Tensor x, int factor, Tensor y) => Run([y], of => inner.DepthToSpace(of(x), factor, of(y)));

    public override void RealFft2d(Tensor x, Tensor spectrum) => Run([], of => inner.RealFft2d(of(x), spectrum));

    public override void InverseRealFft2d(Tensor spectrum, Tensor y) => Run([y], of => inner.InverseRealFft2d(spectrum, of(y)));

    public override void ExchangePhases(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV) =>
        inner.ExchangePhases(u, v, exchangedU, exchangedV);

    public override void PhaseExchange(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV) =>
        Run([exchangedU, exchangedV], of => inner.PhaseExchange(of(u), of(v), of(exchangedU), of(exchangedV)));

    public override void Fill(float value, Tensor y) => Run([y], of => inner.Fill(value, of(y)));

    public override void Copy(Tensor x, Tensor y) => Run([y], of => inner.Copy(of(x), of(y)));

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
    }

    // The same tensor twice is the same stored one: a result may lie over its source.
    void Run(Tensor[] results, Action<Func<Tensor, Tensor>> operation)
    {
        inner.CancellationToken = CancellationToken;
        var open = new Dictionary<(DeviceBuffer, long, Shape), Stored>();
        try
        {
            operation(tensor =>
            {
                var key = (tensor.Buffer, tensor.Offset, tensor.Shape);
                if (!open.TryGetValue(key, out var found)) open.Add(key, found = new Stored(inner, stored, tensor));
                return found.View;
            });
            foreach (var result in results) open[(result.Buffer, result.Offset, result.Shape)].WriteBack(result);
        }
        finally
        {
            foreach (var tensor in open.Values) tensor.Dispose();
        }
    }

    static float Saturate(float value) => float.IsFinite(value) ? Math.Clamp(value, (float)Half.MinValue, (float)Half.MaxValue) : value;

    // One tensor as the inner backend sees it, inside a larger one.
    sealed class Stored : IDisposable
    {
        readonly Backend _inner;
        readonly Tensor _whole;
        readonly int _before;
        readonly int _count;

        public Stored(Backend inner, DType type, Tensor tensor)
        {
            _inner = inner;
            _count = checked((int)tensor.Shape.Count);
            int power = tensor.Shape[-1] & -tensor.Shape[-1];
            _before = power == 1 ? OddBefore : Math.Min(power, MostBefore);
            float[] values = new float[_before + _count + After];
            Array.Fill(values, Sentinel);
            var middle = values.AsSpan(_before, _count);
            if (_count > 0) inner.Download(tensor, MemoryMarshal.AsBytes(middle));
            foreach (ref float value in middle) value = Round(value);
            _whole = inner.CreateTensor(new Shape(values.Length), type);
            inner.Upload(TestWeights.Encode(values, type), _whole);
            View = _whole.Slice(_before, _count).Reshape(tensor.Shape);
        }

        public Tensor View { get; }

        public void WriteBack(Tensor result)
        {
            byte[] bytes = new byte[_whole.ByteCount];
            _inner.Download(_whole, bytes);
            float[] values = new float[_whole.Shape.Count];
            Widen.ToSingle(_whole.Type, bytes, values);
            Assert.All(values[.._before], x => Assert.Equal(Sentinel, x));
            Assert.All(values[(_before + _count)..], x => Assert.Equal(Sentinel, x));
            var middle = values.AsSpan(_before, _count);
            foreach (ref float value in middle) value = Saturate(value);
            if (_count > 0) _inner.Upload(MemoryMarshal.AsBytes<float>(middle), result);
        }

        public void Dispose() => _whole.Dispose();
    }
}
