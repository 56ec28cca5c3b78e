namespace PgpSr.Tensors;

/// <summary>
/// Stands in for a backend while a run is planned: no memory, no arithmetic, but a count of the multiply-adds. A network loads into it as an outline,
/// with weights that know their shapes only, so that <see cref="Workspace.Plan"/> can tell what a run takes before any weight is loaded.
/// </summary>
/// <param name="real">Where the planned run will happen; not disposed with the rehearsal.</param>
public sealed class RehearsalBackend(Backend real) : Backend
{
    /// <summary>No device has so much: a rehearsal never runs out.</summary>
    internal const long Unlimited = 1L << 60;

    /// <summary>Multiply-accumulates so far, counted as direct algorithms.</summary>
    public long MultiplyAdds { get; private set; }

    /// <inheritdoc/>
    public override string Name => real.Name;

    /// <inheritdoc/>
    public override DType ActivationType => real.ActivationType;

    /// <inheritdoc/>
    public override bool TakesChannels => real.TakesChannels;

    /// <inheritdoc/>
    public override ScratchBound ScratchFor(int height, int width) => real.ScratchFor(height, width);

    /// <inheritdoc/>
    public override DeviceBuffer Allocate(long bytes) => new NoMemory(bytes);

    /// <inheritdoc/>
    protected override void UploadCore(ReadOnlySpan<byte> source, Tensor destination) { }

    /// <inheritdoc/>
    protected override void DownloadCore(Tensor source, Span<byte> destination) => destination.Clear();

    /// <inheritdoc/>
    protected override PackedConv2d PackConv2dCore(HostTensor weight, HostTensor bias, Conv2dGeometry geometry) =>
        new OutlineConv2d(weight.Name ?? "", weight.Shape, geometry, PackedBytes(weight, bias, LinearForm.Plain));

    /// <inheritdoc/>
    protected override PackedLinear PackLinearCore(HostTensor weight, HostTensor bias, LinearForm form) =>
        new OutlineLinear(weight.Name ?? "", weight.Shape, form, PackedBytes(weight, bias, form));

    /// <inheritdoc/>
    protected internal override long PackedBytes(HostTensor weight, HostTensor bias, LinearForm form) => real.PackedBytes(weight, bias, form);

    /// <inheritdoc/>
    public override void Conv2d(Tensor x, PackedConv2d weight, in Epilogue epilogue, Tensor y) =>
        MultiplyAdds += y.Shape.Count * weight.Inputs * weight.Geometry.KernelHeight * weight.Geometry.KernelWidth;

    /// <inheritdoc/>
    public override void Linear(Tensor x, PackedLinear weight, in Epilogue epilogue, Tensor y) =>
        MultiplyAdds += y.Shape.Count * weight.Inputs * (weight.Form == LinearForm.Geglu ? 2 : 1);

    /// <inheritdoc/>
    public override void Attention(Tensor q, Tensor k, Tensor v, int heads, float scale, bool causal, Tensor y) =>
        MultiplyAdds += 2 * q.Shape.Count * k.Shape[1];

    /// <inheritdoc/>
    public override void GroupNorm(Tensor x, Tensor gamma, Tensor beta, int groups, float epsilon, Activation activation, Tensor y) { }

    /// <inheritdoc/>
    public override void LayerNorm(Tensor x, Tensor gamma, Tensor beta, float epsilon, Tensor y) { }

    /// <inheritdoc/>
    public override void Activate(Tensor x, Activation activation, Tensor y) { }

    /// <inheritdoc/>
    public override void PRelu(Tensor x, Tensor slopes, Tensor y) { }

    /// <inheritdoc/>
    public override void Combine(float a, Tensor x, float b, Tensor z, Tensor y) { }

    /// <inheritdoc/>
    public override void Scale(float a, Tensor x, Tensor y) { }

    /// <inheritdoc/>
    public override void ConcatChannels(Tensor a, Tensor b, Tensor y) { }

    /// <inheritdoc/>
    public override void SliceChannels(Tensor x, int start, Tensor y) { }

    /// <inheritdoc/>
    public override void ResizeNearest(Tensor x, Tensor y) { }

    /// <inheritdoc/>
    public override void SpaceToDepth(Tensor x, int factor, Tensor y) { }

    /// <inheritdoc/>
    public override void DepthToSpace(Tensor x, int factor, Tensor y) { }

    /// <inheritdoc/>
    public override void RealFft2d(Tensor x, Tensor spectrum) { }

    /// <inheritdoc/>
    public override void InverseRealFft2d(Tensor spectrum, Tensor y) { }

    /// <inheritdoc/>
    public override void ExchangePhases(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV) { }

    /// <inheritdoc/>
    public override void PhaseExchange(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV) { }

    /// <inheritdoc/>
    public override void Fill(float value, Tensor y) { }

    /// <inheritdoc/>
    public override void Copy(Tensor x, Tensor y) { }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) { }

    sealed class OutlineConv2d(string name, Shape shape, Conv2dGeometry geometry, long bytes) : PackedConv2d(name, shape[1], shape[0], geometry)
    {
        public override long ByteCount => bytes;

        protected override void Dispose(bool disposing) { }
    }

    sealed class OutlineLinear(string name, Shape shape, LinearForm form, long bytes)
        : PackedLinear(name, shape[1], form == LinearForm.Geglu ? shape[0] / 2 : shape[0], form)
    {
        public override long ByteCount => bytes;

        protected override void Dispose(bool disposing) { }
    }

    sealed class NoMemory(long length) : DeviceBuffer(length)
    {
        protected override void Dispose(bool disposing) { }
    }
}
