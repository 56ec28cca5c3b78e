namespace PgpSr.Tensors;

/// <summary>Stands in for a backend while a run is planned: no memory, no arithmetic, but a count of the multiply-adds.</summary>
sealed class RehearsalBackend(Backend real) : Backend
{
    /// <summary>No device has so much: a rehearsal never runs out.</summary>
    public const long Unlimited = 1L << 60;

    public long MultiplyAdds { get; private set; }

    public override string Name => real.Name;

    public override bool FusesPhaseExchange => real.FusesPhaseExchange;

    public override DeviceBuffer Allocate(long bytes) => new NoMemory(bytes);

    public override void Upload(ReadOnlySpan<byte> source, Tensor destination) { }

    public override void Download(Tensor source, Span<byte> destination) => destination.Clear();

    public override PackedConv2d PackConv2d(HostTensor weight, HostTensor bias, Conv2dGeometry geometry) => throw Unpacked();

    public override PackedLinear PackLinear(HostTensor weight, HostTensor bias, LinearForm form) => throw Unpacked();

    public override void Conv2d(Tensor x, PackedConv2d weight, in Epilogue epilogue, Tensor y) =>
        MultiplyAdds += y.Shape.Count * weight.Inputs * weight.Geometry.KernelHeight * weight.Geometry.KernelWidth;

    public override void Linear(Tensor x, PackedLinear weight, in Epilogue epilogue, Tensor y) =>
        MultiplyAdds += y.Shape.Count * weight.Inputs * (weight.Form == LinearForm.Geglu ? 2 : 1);

    public override void Attention(Tensor q, Tensor k, Tensor v, int heads, float scale, bool causal, Tensor y) =>
        MultiplyAdds += 2 * q.Shape.Count * k.Shape[1];

    public override void GroupNorm(Tensor x, Tensor gamma, Tensor beta, int groups, float epsilon, Activation activation, Tensor y) { }

    public override void LayerNorm(Tensor x, Tensor gamma, Tensor beta, float epsilon, Tensor y) { }

    public override void Softmax(Tensor x, Tensor y) { }

    public override void Activate(Tensor x, Activation activation, Tensor y) { }

    public override void Geglu(Tensor x, Tensor y) { }

    public override void Add(Tensor a, Tensor b, Tensor y) { }

    public override void Combine(float a, Tensor x, float b, Tensor z, Tensor y) { }

    public override void Scale(float a, Tensor x, Tensor y) { }

    public override void AddPerChannel(Tensor x, Tensor v, Tensor y) { }

    public override void ConcatChannels(Tensor a, Tensor b, Tensor y) { }

    public override void SliceChannels(Tensor x, int start, Tensor y) { }

    public override void ResizeNearest(Tensor x, Tensor y) { }

    public override void SpaceToDepth(Tensor x, int factor, Tensor y) { }

    public override void DepthToSpace(Tensor x, int factor, Tensor y) { }

    public override void RealFft2d(Tensor x, Tensor spectrum) { }

    public override void InverseRealFft2d(Tensor spectrum, Tensor y) { }

    public override void ExchangePhases(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV) { }

    public override void PhaseExchange(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV) { }

    public override void Fill(float value, Tensor y) { }

    public override void Copy(Tensor x, Tensor y) { }

    protected override void Dispose(bool disposing) { }

    BackendException Unpacked() => new(Name, "weights are packed before a run is planned, not inside it");

    sealed class NoMemory(long length) : DeviceBuffer(length)
    {
        protected override void Dispose(bool disposing) { }
    }
}
