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
        int channels = q.Shape[2];
        Queue.Run(
            new NaiveAttentionKernel(
                GpuBuffer.Floats(q), GpuBuffer.Floats(k), GpuBuffer.Floats(v), k.Shape[1], channels, channels / heads, scale, causal ? 1 : 0,
                GpuBuffer.Floats(y)),
            new KernelConfig(new Index3D(q.Shape[1], heads, q.Shape[0]), new Index3D(Math.Min(64, Queue.Device.GroupSize), 1, 1)));
    }

    void Conv2d<T, TStored>(Tensor x, GpuWeight weight, in Conv2dGeometry geometry, in Epilogue epilogue, Tensor y)
        where T : unmanaged
        where TStored : struct, IStored<T> =>
        Queue.ForEach(
            new NaiveConv2dKernel<T, TStored>(
                GpuBuffer.Floats(x), x.Shape[1], x.Shape[2], x.Shape[3], weight.Elements<T>(), weight.Bias, y.Shape[1], y.Shape[2], y.Shape[3],
                geometry.KernelHeight, geometry.KernelWidth, geometry.Stride, geometry.PadTop, geometry.PadLeft, new EpilogueArguments(epilogue, y)),
            y.Shape.Count);

    void Linear<T, TStored>(Tensor x, GpuWeight weight, LinearForm form, in Epilogue epilogue, Tensor y)
        where T : unmanaged
        where TStored : struct, IStored<T> =>
        Queue.ForEach(
            new NaiveLinearKernel<T, TStored>(
                GpuBuffer.Floats(x), weight.Inputs, weight.Elements<T>(), weight.Bias, y.Shape[-1], form == LinearForm.Geglu ? 1 : 0,
                new EpilogueArguments(epilogue, y)),
            y.Shape.Count);
}
