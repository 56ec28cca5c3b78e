using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PgpSr.Cpu;
using PgpSr.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace PgpSr.Training;

/// <summary>
/// A 3x3 convolution of stride 1 in float32 by the library's own kernels: Winograd's way forwards, backwards to the maps (a convolution with turned weights) and
/// backwards to the weights (<see cref="WinogradGradient{TLanes}"/>). libtorch computes all three directly.
/// <para>Maps are stored channels-last, channels a multiple of 16. Who calls it or its backward pass holds a dispose scope, which keeps the gradients.</para>
/// </summary>
sealed class Convolution : autograd.SingleTensorFunction<Convolution>
{
    const int Side = 3, Taps = Side * Side;

    // In smaller maps the transformed weights are not worth it (ConvAlgorithm).
    const int LeastPixels = 40;

    static readonly KernelSet s_kernels = KernelSet.Best;
    static readonly Conv2dGeometry s_geometry = Conv2dGeometry.Square(Side, padding: 1);
    static WorkerPool? s_pool;
    static Scratch? s_scratch;

    public override string Name => nameof(Convolution);

    /// <summary>The operation: zeros around the map.</summary>
    /// <param name="x">[N, I, H, W].</param>
    /// <param name="weight">[O, I, 3, 3].</param>
    /// <param name="bias">[O].</param>
    public static Tensor Run(Tensor x, Tensor weight, Tensor bias) => apply(x, weight, bias);

    /// <summary>Whether a convolution of stride 1 can be computed here.</summary>
    public static bool Serves(Tensor x, Tensor weight) =>
        x.dtype == ScalarType.Float32 && weight.dtype == ScalarType.Float32 && weight.shape[2] == Side && weight.shape[3] == Side && weight.shape[0] % 16 == 0 && weight.shape[1] % 16 == 0
        && x.shape[2] * x.shape[3] >= LeastPixels;

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        Tensor x = Last((Tensor)vars[0]), weight = ((Tensor)vars[1]).contiguous(), bias = (Tensor)vars[2];
        Tensor y = Multiply(x, Values(weight), (int)weight.shape[0], Values(bias));
        ctx.save_for_backward([x.MoveToOuterDisposeScope(), weight.MoveToOuterDisposeScope()]);
        return y.MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        var saved = ctx.get_saved_variables();
        Tensor x = saved[0], weight = saved[1], dy = Last(grad_output);
        int inputs = (int)x.shape[1];
        Tensor dx = Multiply(dy, Turned(Values(weight), (int)weight.shape[0], inputs), inputs, new float[inputs]);
        return [dx.MoveToOuterDisposeScope(), WeightGradient(x, dy).MoveToOuterDisposeScope(), dy.sum([0, 2, 3]).MoveToOuterDisposeScope()];
    }

    static (WorkerPool Pool, Scratch Scratch) Workers()
    {
        s_pool ??= new WorkerPool(get_num_threads());
        return (s_pool, s_scratch ??= new Scratch(s_pool.Workers));
    }

    static unsafe Tensor Multiply(Tensor x, float[] weight, int outputs, float[] bias)
    {
        int count = (int)x.shape[0], inputs = (int)x.shape[1], height = (int)x.shape[2], width = (int)x.shape[3];
        Tensor y = empty_strided([count, outputs, height, width], [(long)height * width * outputs, 1, (long)width * outputs, outputs]);
        var (pool, scratch) = Workers();
        using var packed = s_kernels.Pack(Host(weight, outputs, inputs, Side, Side), Host(bias, outputs), Taps, LinearForm.Plain, pool, CancellationToken.None);
        var maps = new ConvMaps((nint)Floats(x), inputs, count, height, width, height, width);
        var destination = new GemmDestination(outputs, outputs, 0, 0, (long)height * width, 0, 0, 1, (nint)Floats(y));
        s_kernels.Winograd(maps, nameof(Convolution), packed, s_geometry, Activation.None, destination, pool, scratch, CancellationToken.None);
        return y;
    }

    static unsafe Tensor WeightGradient(Tensor x, Tensor dy)
    {
        int count = (int)x.shape[0], inputs = (int)x.shape[1], outputs = (int)dy.shape[1], height = (int)x.shape[2], width = (int)x.shape[3];
        Tensor dw = empty(outputs, inputs, Side, Side);
        float* from = Floats(x), gradient = Floats(dy), to = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(dw.bytes));
        var (pool, scratch) = Workers();
        switch (s_kernels.Bits)
        {
            // Two vectors of 512 bits are 32 channels.
            case 512 when outputs % 32 == 0: WinogradGradient<Lanes512>.Run(from, gradient, count, height, width, inputs, outputs, to, pool, scratch); break;
            case >= 256: WinogradGradient<Lanes256>.Run(from, gradient, count, height, width, inputs, outputs, to, pool, scratch); break;
            default: WinogradGradient<Lanes128>.Run(from, gradient, count, height, width, inputs, outputs, to, pool, scratch); break;
        }
        return dw;
    }

    // dx is dy convolved with the weights turned by half a circle, inputs and outputs changed about.
    static float[] Turned(float[] weight, int outputs, int inputs)
    {
        var turned = new float[weight.Length];
        for (int o = 0; o < outputs; o++)
            for (int i = 0; i < inputs; i++)
                for (int tap = 0; tap < Taps; tap++)
                    turned[((long)i * outputs + o) * Taps + Taps - 1 - tap] = weight[((long)o * inputs + i) * Taps + tap];
        return turned;
    }

    static HostTensor Host(float[] values, params ReadOnlySpan<int> shape) => new(nameof(Convolution), DType.F32, new Shape(shape), MemoryMarshal.AsBytes<float>(values));

    static float[] Values(Tensor x) => MemoryMarshal.Cast<byte, float>(x.contiguous().bytes).ToArray();

    static Tensor Last(Tensor x) => Restoration.IsChannelsLast(x) ? x.alias() : Restoration.ChannelsLast(x);

    static unsafe float* Floats(Tensor map) => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(map.permute(0, 2, 3, 1).bytes));
}
