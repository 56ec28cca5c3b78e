using ILGPU;
using PgpSr.Tensors;

namespace PgpSr.Gpu;

/// <summary>One thread for each result. The yardstick for faster kernels, and what serves where they cannot.</summary>
class NaiveProducts(GpuQueue queue) : GpuProducts(queue)
{
    public override string Name => "naive";

    public override PackedConv2d PackConv2d(HostTensor weight, HostTensor bias, Conv2dGeometry geometry) =>
        new GpuPackedConv2d(weight.Name!, new GpuWeight(Queue, weight, bias), geometry);

    public override PackedLinear PackLinear(HostTensor weight, HostTensor bias, LinearForm form) =>
        new GpuPackedLinear(weight.Name!, new GpuWeight(Queue, weight, bias), form);

    public override void Conv2d(Tensor x, PackedConv2d weight, in Epilogue epilogue, Tensor y)
    {
        var packed = (weight as GpuPackedConv2d)?.Weight ?? Throw.OtherBackend<GpuWeight>(weight?.Name, nameof(weight));
        switch (packed.Type)
        {
            case DType.F32: Conv2d<float, StoredF32>(x, packed, weight.Geometry, epilogue, y); break;
            case DType.BF16: Conv2d<ushort, StoredBFloat16>(x, packed, weight.Geometry, epilogue, y); break;
            default:
                if (Queue.Device.Report.HasHalf) Conv2d<ILGPU.Half, StoredHalf>(x, packed, weight.Geometry, epilogue, y);
                else Conv2d<ushort, StoredHalfBits>(x, packed, weight.Geometry, epilogue, y);
                break;
        }
    }

    public override void Linear(Tensor x, PackedLinear weight, in Epilogue epilogue, Tensor y)
    {
        var packed = (weight as GpuPackedLinear)?.Weight ?? Throw.OtherBackend<GpuWeight>(weight?.Name, nameof(weight));
        switch (packed.Type)
        {
            case DType.F32: Linear<float, StoredF32>(x, packed, weight.Form, epilogue, y); break;
            case DType.BF16: Linear<ushort, StoredBFloat16>(x, packed, weight.Form, epilogue, y); break;
            default:
                if (Queue.Device.Report.HasHalf) Linear<ILGPU.Half, StoredHalf>(x, packed, weight.Form, epilogue, y);
                else Linear<ushort, StoredHalfBits>(x, packed, weight.Form, epilogue, y);
                break;
        }
    }

    public override void Attention(Tensor q, Tensor k, Tensor v, int heads, float scale, bool causal, Tensor y)
    {
        if (y.Type == DType.F16) Attend<HalfBits>(q, k, v, heads, scale, causal, Queue.Scratch(y.Shape.Count), y);
        else Attend<SingleElement>(q, k, v, heads, scale, causal, GpuBuffer.Floats(y), y);
    }

    void Attend<T>(Tensor q, Tensor k, Tensor v, int heads, float scale, bool causal, ArrayView<float> sums, Tensor y)
        where T : unmanaged, IElement<T>
    {
        int channels = q.Shape[2];
        Queue.Run(
            new NaiveAttentionKernel<T>(
                GpuBuffer.Elements<T>(q), GpuBuffer.Elements<T>(k), GpuBuffer.Elements<T>(v), k.Shape[1], channels, channels / heads, scale,
                causal ? 1 : 0, sums, GpuBuffer.Elements<T>(y)),
            new KernelConfig(new Index3D(q.Shape[1], heads, q.Shape[0]), new Index3D(Math.Min(64, Queue.Device.GroupSize), 1, 1)));
    }

    void Conv2d<T, TStored>(Tensor x, GpuWeight weight, in Conv2dGeometry geometry, in Epilogue epilogue, Tensor y)
        where T : unmanaged
        where TStored : struct, IStored<T>
    {
        switch (x.Type, y.Type)
        {
            case (DType.F16, DType.F16): Conv2d<T, TStored, HalfBits, HalfBits>(x, weight, geometry, epilogue, y); break;
            case (DType.F16, _): Conv2d<T, TStored, HalfBits, SingleElement>(x, weight, geometry, epilogue, y); break;
            case (_, DType.F16): Conv2d<T, TStored, SingleElement, HalfBits>(x, weight, geometry, epilogue, y); break;
            default: Conv2d<T, TStored, SingleElement, SingleElement>(x, weight, geometry, epilogue, y); break;
        }
    }

    void Conv2d<T, TStored, TX, TY>(Tensor x, GpuWeight weight, in Conv2dGeometry geometry, in Epilogue epilogue, Tensor y)
        where T : unmanaged
        where TStored : struct, IStored<T>
        where TX : unmanaged, IElement<TX>
        where TY : unmanaged, IElement<TY> =>
        Queue.ForEach(
            new NaiveConv2dKernel<T, TStored, TX, TY>(
                GpuBuffer.Elements<TX>(x), x.Shape[1], x.Shape[2], x.Shape[3], weight.Elements<T>(), weight.Bias, y.Shape[1], y.Shape[2], y.Shape[3],
                geometry.KernelHeight, geometry.KernelWidth, geometry.Stride, geometry.PadTop, geometry.PadLeft,
                new EpilogueArguments<TY>(epilogue, weight.Bias, y)),
            y.Shape.Count);

    void Linear<T, TStored>(Tensor x, GpuWeight weight, LinearForm form, in Epilogue epilogue, Tensor y)
        where T : unmanaged
        where TStored : struct, IStored<T>
    {
        switch (x.Type, y.Type)
        {
            case (DType.F16, DType.F16): Linear<T, TStored, HalfBits, HalfBits>(x, weight, form, epilogue, y); break;
            case (DType.F16, _): Linear<T, TStored, HalfBits, SingleElement>(x, weight, form, epilogue, y); break;
            case (_, DType.F16): Linear<T, TStored, SingleElement, HalfBits>(x, weight, form, epilogue, y); break;
            default: Linear<T, TStored, SingleElement, SingleElement>(x, weight, form, epilogue, y); break;
        }
    }

    void Linear<T, TStored, TX, TY>(Tensor x, GpuWeight weight, LinearForm form, in Epilogue epilogue, Tensor y)
        where T : unmanaged
        where TStored : struct, IStored<T>
        where TX : unmanaged, IElement<TX>
        where TY : unmanaged, IElement<TY> =>
        Queue.ForEach(
            new NaiveLinearKernel<T, TStored, TX, TY>(
                GpuBuffer.Elements<TX>(x), weight.Inputs, weight.Elements<T>(), weight.Bias, y.Shape[-1], form == LinearForm.Geglu ? 1 : 0,
                new EpilogueArguments<TY>(epilogue, weight.Bias, y)),
            y.Shape.Count);
}
