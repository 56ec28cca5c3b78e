using System.Runtime.InteropServices;
using PgpSr.Cpu;
using PgpSr.Tensors;

namespace PgpSr.KernelBench;

/// <summary>One operation of the CPU backend, its tensors allocated and its weight packed.</summary>
sealed class CpuWork(string form, CpuBackend backend, DType weightType) : IPreparedWork
{
    readonly List<IDisposable> _owned = [];
    Action _run = () => { };
    Tensor? _result;

    public string Form => form;

    public void Run() => _run();

    public float[] Result()
    {
        var values = new float[_result!.Shape.Count];
        backend.Download(_result, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    public void Linear(LinearWork w)
    {
        Tensor x = Filled(w.Input(), w.Rows, w.Inputs), y = _result = Empty(w.Rows, w.Outputs);
        PackedLinear packed = backend.PackLinear(Host("weight", w.Weight(), w.Outputs, w.Inputs), Host("bias", w.Bias(), w.Outputs));
        _owned.Add(packed);
        _run = () => backend.Linear(x, packed, default, y);
    }

    public void Conv(ConvWork w)
    {
        Tensor x = Filled(w.Input(), 1, w.Height, w.Width, w.Inputs), y = _result = Empty(1, w.OutputHeight, w.OutputWidth, w.Outputs);
        PackedConv2d packed = backend.PackConv2d(
            Host("weight", w.Weight(), w.Outputs, w.Inputs, w.Kernel, w.Kernel), Host("bias", w.Bias(), w.Outputs),
            Conv2dGeometry.Square(w.Kernel, w.Stride, w.Kernel / 2));
        _owned.Add(packed);
        _run = () => backend.Conv2d(x, packed, default, y);
    }

    public void Attention(AttentionWork w)
    {
        Tensor q = Filled(w.Q(), 1, w.Queries, w.Channels), k = Filled(w.K(), 1, w.Keys, w.Channels), v = Filled(w.V(), 1, w.Keys, w.Channels);
        Tensor y = _result = Empty(1, w.Queries, w.Channels);
        float scale = 1 / float.Sqrt(w.HeadSize);
        _run = () => backend.Attention(q, k, v, w.Heads, scale, causal: false, y);
    }

    public void GroupNormSilu(GroupNormSiluWork w)
    {
        Tensor x = Filled(w.Input(), 1, w.Height, w.Width, w.Channels), y = _result = Empty(1, w.Height, w.Width, w.Channels);
        Tensor gamma = Filled(w.Gamma(), w.Channels), beta = Filled(w.Beta(), w.Channels);
        _run = () => backend.GroupNorm(x, gamma, beta, GroupNormSiluWork.Groups, GroupNormSiluWork.Epsilon, Activation.Silu, y);
    }

    public void Fft(FftWork w)
    {
        Tensor x = Filled(w.Input(), 1, w.Height, w.Width, w.Channels), y = _result = Empty(1, w.Height, w.Width, w.Channels);
        Tensor spectrum = Empty(1, w.Height, w.Width / 2 + 1, 2, w.Channels);
        _run = () =>
        {
            backend.RealFft2d(x, spectrum);
            backend.InverseRealFft2d(spectrum, y);
        };
    }

    public void Dispose()
    {
        foreach (IDisposable owned in _owned) owned.Dispose();
        backend.Dispose();
    }

    Tensor Empty(params ReadOnlySpan<int> axes)
    {
        Tensor tensor = backend.CreateTensor(new Shape(axes));
        _owned.Add(tensor);
        return tensor;
    }

    Tensor Filled(float[] values, params ReadOnlySpan<int> axes)
    {
        Tensor tensor = Empty(axes);
        backend.Upload(MemoryMarshal.AsBytes<float>(values), tensor);
        return tensor;
    }

    HostTensor Host(string name, float[] values, params ReadOnlySpan<int> axes)
    {
        byte[] bytes = new byte[values.Length * weightType.Size()];
        switch (weightType)
        {
            case DType.F16:
                Span<Half> halves = MemoryMarshal.Cast<byte, Half>(bytes.AsSpan());
                for (int i = 0; i < values.Length; i++) halves[i] = (Half)values[i];
                break;
            case DType.BF16:
                Span<ushort> words = MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan());
                for (int i = 0; i < values.Length; i++) words[i] = (ushort)(BitConverter.SingleToUInt32Bits(values[i]) >> 16);
                break;
            default:
                MemoryMarshal.AsBytes<float>(values).CopyTo(bytes);
                break;
        }
        return new HostTensor(name, weightType, new Shape(axes), bytes);
    }
}
