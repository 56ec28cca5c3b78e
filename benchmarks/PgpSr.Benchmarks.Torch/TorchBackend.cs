using System.Runtime.InteropServices;
using PgpSr.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using PackedTensor = TorchSharp.torch.Tensor;
using Tensor = PgpSr.Tensors.Tensor;

namespace PgpSr.Benchmarks;

/// <summary>
/// Operations as libtorch's users write them, one after the other (eager). A tensor of ours is a name for one of libtorch's, which has our axes (channels
/// last) over memory in either order; it goes when another takes its place.
/// </summary>
/// <param name="type">Of weights, maps and tokens; spectra are of float32.</param>
/// <param name="channelsFirst">Whether maps lie in memory as [N, C, H, W], or as [N, H, W, C].</param>
/// <param name="headsFirst">Whether what attention takes lies as [N, heads, T, size], from the first run on; nothing may change it.</param>
sealed class TorchBackend(ScalarType type, bool channelsFirst, bool headsFirst) : Backend
{
    // Operators of TorchSharp make a scalar that may be collected while libtorch reads it.
    static readonly Scalar s_one = 1f.ToScalar();

    readonly Dictionary<DeviceBuffer, List<Held>> _held = [];

    sealed record Held(long Begin, long End, PackedTensor Value);

    public override string Name => "libtorch";

    public override DeviceBuffer Allocate(long bytes) => new Names(this, bytes);

    protected override void UploadCore(ReadOnlySpan<byte> source, Tensor destination)
    {
        using var scope = NewDisposeScope();
        PackedTensor value = Packed(MemoryMarshal.Cast<byte, float>(source).ToArray(), destination.Shape);
        Set(destination, destination.Shape.Rank == 4 && channelsFirst ? Last(First(value).contiguous()) : value);
    }

    protected override void DownloadCore(Tensor source, Span<byte> destination)
    {
        using var scope = NewDisposeScope();
        Get(source).to(ScalarType.Float32).contiguous().data<float>().ToArray().CopyTo(MemoryMarshal.Cast<byte, float>(destination));
    }

    protected override PackedConv2d PackConv2dCore(HostTensor weight, HostTensor bias, Conv2dGeometry geometry) =>
        new TorchConv2d(weight, geometry, Pack(weight, bias, kernel => channelsFirst ? kernel : kernel.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)));

    protected override PackedLinear PackLinearCore(HostTensor weight, HostTensor bias, LinearForm form) =>
        new TorchLinear(weight, form, Pack(weight, bias, matrix => matrix));

    public override void Conv2d(Tensor x, PackedConv2d weight, in Epilogue epilogue, Tensor y)
    {
        var (packed, g, end) = ((TorchConv2d)weight, weight.Geometry, epilogue);
        bool even = g.PadTop == g.PadBottom && g.PadLeft == g.PadRight;
        Does(y, () =>
        {
            PackedTensor map = even ? Image(x) : functional.pad(Image(x), [g.PadLeft, g.PadRight, g.PadTop, g.PadBottom]);
            return Finish(Last(functional.conv2d(map, packed.Factors.Weight, packed.Factors.Bias, [g.Stride, g.Stride], even ? [g.PadTop, g.PadLeft] : [0, 0])), end);
        });
    }

    public override void Linear(Tensor x, PackedLinear weight, in Epilogue epilogue, Tensor y)
    {
        var (packed, end) = ((TorchLinear)weight, epilogue);
        Does(y, () =>
        {
            PackedTensor h = functional.linear(Get(x), packed.Factors.Weight, packed.Factors.Bias);
            if (weight.Form == LinearForm.Plain) return Finish(h, end);
            PackedTensor[] halves = h.chunk(2, dim: -1);
            return Finish(halves[0].mul(functional.gelu(halves[1])), end);
        });
    }

    public override void Attention(Tensor q, Tensor k, Tensor v, int heads, float scale, bool causal, Tensor y)
    {
        long depth = q.Shape[-1] / heads;
        double beside = scale * Math.Sqrt(depth);
        PackedTensor Heads(Tensor tensor)
        {
            PackedTensor value = Raw(tensor).reshape(tensor.Shape[0], -1, heads, depth).transpose(1, 2);
            if (!headsFirst || value.is_contiguous()) return value;
            // It keeps its axes; only its memory is another.
            value = value.contiguous();
            Set(tensor, value.transpose(1, 2));
            return value;
        }

        // Left as it comes; who reads it takes it in its own form.
        Does(y, () => functional.scaled_dot_product_attention(
            Math.Abs(beside - 1) > 1e-5 ? Times(Heads(q), beside) : Heads(q), Heads(k), Heads(v), null, 0.0, causal).transpose(1, 2));
    }

    public override void GroupNorm(Tensor x, Tensor gamma, Tensor beta, int groups, float epsilon, Activation activation, Tensor y) => Does(y, () =>
    {
        PackedTensor normed = functional.group_norm(x.Shape.Rank == 4 ? Image(x) : Get(x).transpose(1, -1), groups, Get(gamma), Get(beta), epsilon);
        return Activated(x.Shape.Rank == 4 ? Last(normed) : normed.transpose(1, -1), activation);
    });

    public override void LayerNorm(Tensor x, Tensor gamma, Tensor beta, float epsilon, Tensor y) =>
        Does(y, () => functional.layer_norm(Get(x), [x.Shape[-1]], Get(gamma), Get(beta), epsilon));

    public override void Activate(Tensor x, Activation activation, Tensor y) =>
        Does(y, () => activation == Activation.Silu ? functional.silu(Get(x)) : Activated(Get(x).clone(), activation));

    public override void PRelu(Tensor x, Tensor slopes, Tensor y) => Does(y, () => Last(functional.prelu(Image(x), Get(slopes))));

    public override void Add(Tensor a, Tensor b, Tensor y) => Does(y, () => Get(a).add(Get(b), s_one));

    public override void Combine(float a, Tensor x, float b, Tensor z, Tensor y) => Does(y, () => Times(Get(x), a).add(Times(Get(z), b), s_one));

    public override void Scale(float a, Tensor x, Tensor y) => Does(y, () => Times(Get(x), a));

    public override void ConcatChannels(Tensor a, Tensor b, Tensor y) =>
        Does(y, () => y.Shape.Rank == 4 ? Last(cat([First(Get(a)), First(Get(b))], 1)) : cat([Get(a), Get(b)], -1));

    public override void SliceChannels(Tensor x, int start, Tensor y) => Does(y, () => Get(x).narrow(-1, start, y.Shape[-1]));

    public override void ResizeNearest(Tensor x, Tensor y) =>
        Does(y, () => Last(functional.interpolate(Image(x), [y.Shape[1], y.Shape[2]], mode: InterpolationMode.Nearest)));

    public override void SpaceToDepth(Tensor x, int factor, Tensor y) => Does(y, () => Last(functional.pixel_unshuffle(Image(x), factor)));

    public override void DepthToSpace(Tensor x, int factor, Tensor y) => Does(y, () => Last(functional.pixel_shuffle(Image(x), factor)));

    public override void RealFft2d(Tensor x, Tensor spectrum) => Does(spectrum, () => Forward(x));

    public override void InverseRealFft2d(Tensor spectrum, Tensor y) => Does(y, () => Inverse(Raw(spectrum), y.Shape));

    public override void ExchangePhases(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV)
    {
        using var scope = NewDisposeScope();
        var (first, second) = Exchanged(Raw(u), Raw(v));
        Set(exchangedU, first);
        Set(exchangedV, second);
    }

    public override void PhaseExchange(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV)
    {
        using var scope = NewDisposeScope();
        var (first, second) = Exchanged(Forward(u), Forward(v));
        Set(exchangedU, Inverse(first, u.Shape));
        Set(exchangedV, Inverse(second, u.Shape));
    }

    public override void Fill(float value, Tensor y) => Does(y, () => Times(ones(Sizes(y.Shape), type), value));

    public override void Copy(Tensor x, Tensor y) => Does(y, () => Get(x).clone());

    protected override void Dispose(bool disposing)
    {
        foreach (DeviceBuffer buffer in _held.Keys.ToList()) Forget(buffer);
    }

    void Does(Tensor y, Func<PackedTensor> operation)
    {
        using var scope = NewDisposeScope();
        Set(y, operation());
    }

    static PackedTensor Times(PackedTensor x, double factor)
    {
        if (factor == 1) return x;
        using Scalar number = factor.ToScalar();
        return x.mul(number);
    }

    PackedTensor Packed(float[] values, Shape shape)
    {
        PackedTensor single = tensor(values, Sizes(shape));
        // The array is the collector's, until it is a copy.
        return type == ScalarType.Float32 ? single.clone() : single.to(type);
    }

    Factors Pack(HostTensor weight, HostTensor bias, Func<PackedTensor, PackedTensor> ordered)
    {
        using var scope = NewDisposeScope();
        PackedTensor? term = bias.IsAbsent ? null : Packed(bias.ToArray(), bias.Shape).MoveToOuterDisposeScope();
        return new(ordered(Packed(weight.ToArray(), weight.Shape)).MoveToOuterDisposeScope(), term);
    }

    // The real spectrum over the memory's own last axes, complex.
    PackedTensor Forward(Tensor x)
    {
        PackedTensor map = Get(x).to(ScalarType.Float32);
        return channelsFirst ? Last(fft.rfft2(First(map))) : fft.rfft2(map, dim: [1, 2]);
    }

    PackedTensor Inverse(PackedTensor spectrum, Shape shape)
    {
        PackedTensor map = channelsFirst ? Last(fft.irfft2(First(spectrum), [shape[1], shape[2]])) : fft.irfft2(spectrum, [shape[1], shape[2]], [1, 2]);
        return map.to(type);
    }

    // |U| V/|V| and |V| U/|U|; V/|V| is 1 where V is 0.
    static (PackedTensor, PackedTensor) Exchanged(PackedTensor u, PackedTensor v)
    {
        PackedTensor first = u.abs(), second = v.abs();
        PackedTensor Turned(PackedTensor amplitude, PackedTensor other, PackedTensor size) =>
            where(size.eq(0), amplitude.to(ScalarType.ComplexFloat32), other.mul(amplitude.div(size)));
        return (Turned(first, v, second), Turned(second, u, first));
    }

    PackedTensor Finish(PackedTensor h, in Epilogue epilogue)
    {
        if (epilogue.PerChannel is { } perChannel)
        {
            PackedTensor term = Get(perChannel);
            h.add_(term.Dimensions == 2 ? term.unsqueeze(1).unsqueeze(1) : term, s_one);
        }
        h = Activated(h, epilogue.Activation);
        return epilogue.Residual is { } residual ? h.add_(Get(residual), s_one) : h;
    }

    // In place: what comes here is nobody else's.
    static PackedTensor Activated(PackedTensor h, Activation activation) => activation switch
    {
        Activation.None => h,
        Activation.Silu => h.silu_(),
        Activation.Gelu => functional.gelu(h),
        Activation.Relu => h.relu_(),
        Activation.LeakyRelu => functional.leaky_relu(h, 0.2, inplace: true),
        _ => h.mul(Times(h, 1.702).sigmoid_()),
    };

    PackedTensor Image(Tensor x) => channelsFirst ? First(Get(x)).contiguous() : First(Get(x));

    static PackedTensor First(PackedTensor map) => map.permute(0, 3, 1, 2);

    static PackedTensor Last(PackedTensor map) => map.permute(0, 2, 3, 1);

    PackedTensor Get(Tensor x)
    {
        PackedTensor value = Raw(x);
        long[] sizes = Sizes(x.Shape);
        return value.shape.AsSpan().SequenceEqual(sizes) ? value : value.reshape(sizes);
    }

    // Results leave in pieces.
    PackedTensor Raw(Tensor x)
    {
        long end = x.Offset + x.ByteCount;
        Held whole = _held[x.Buffer].Find(held => held.Begin <= x.Offset && held.End >= end)!;
        return whole.Begin == x.Offset && whole.End == end ? whole.Value
            : whole.Value.contiguous().reshape(-1).narrow(0, (x.Offset - whole.Begin) / sizeof(float), x.Shape.Count);
    }

    void Set(Tensor y, PackedTensor value)
    {
        if (!_held.TryGetValue(y.Buffer, out List<Held>? all)) _held[y.Buffer] = all = [];
        long end = y.Offset + y.ByteCount;
        foreach (Held old in all.Where(held => held.Begin < end && held.End > y.Offset)) old.Value.Dispose();
        all.RemoveAll(held => held.Begin < end && held.End > y.Offset);
        all.Add(new(y.Offset, end, value.DetachFromDisposeScope()));
    }

    void Forget(DeviceBuffer buffer)
    {
        if (!_held.Remove(buffer, out List<Held>? all)) return;
        foreach (Held held in all) held.Value.Dispose();
    }

    static long[] Sizes(Shape shape) => BackendWork.Axes(shape);

    sealed class Names(TorchBackend backend, long bytes) : DeviceBuffer(bytes)
    {
        protected override void Dispose(bool disposing) => backend.Forget(this);
    }

    sealed record Factors(PackedTensor Weight, PackedTensor? Bias)
    {
        public long ByteCount => Weight.NumberOfElements * Weight.ElementSize;

        public void Release()
        {
            Weight.Dispose();
            Bias?.Dispose();
        }
    }

    sealed class TorchConv2d(HostTensor host, Conv2dGeometry geometry, Factors factors) : PackedConv2d(host.Name ?? "", host.Shape[1], host.Shape[0], geometry)
    {
        public Factors Factors => factors;

        public override long ByteCount => factors.ByteCount;

        protected override void Dispose(bool disposing) => factors.Release();
    }

    sealed class TorchLinear(HostTensor host, LinearForm form, Factors factors)
        : PackedLinear(host.Name ?? "", host.Shape[1], form == LinearForm.Geglu ? host.Shape[0] / 2 : host.Shape[0], form)
    {
        public Factors Factors => factors;

        public override long ByteCount => factors.ByteCount;

        protected override void Dispose(bool disposing) => factors.Release();
    }
}
