using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PgpSr.Cpu;
using TorchSharp;
using static TorchSharp.torch;

namespace PgpSr.Training;

/// <summary>
/// silu(GroupNorm(x + shift)) in one operation, stored as float32 or bfloat16: what stands before every convolution of a ResNet block. libtorch computes it as up to five
/// operations forward and as many backward over maps larger than the caches, which took half of a step's time.
/// <para>Maps are stored channels-last, channels a multiple of 16; x is float32 or bfloat16, sums are float32. Who calls it or its backward pass holds a dispose scope, which keeps the gradients.</para>
/// </summary>
sealed class NormSilu : autograd.SingleTensorFunction<NormSilu>
{
    public override string Name => nameof(NormSilu);

    /// <summary>The operation.</summary>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="shift">[N, C], added to every pixel before the norm.</param>
    /// <param name="weight">[C].</param>
    /// <param name="bias">[C].</param>
    /// <param name="groups">Of the norm.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="type">Of the result.</param>
    public static Tensor Run(Tensor x, Tensor shift, Tensor weight, Tensor bias, int groups, double epsilon, ScalarType type) => apply(x, shift, weight, bias, groups, epsilon, type);

    /// <summary>Whether maps of so many channels can be computed here.</summary>
    public static bool Serves(long channels) => channels % 16 == 0;

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars) => KernelSet.Best.Bits switch
    {
        512 => Forward<Lanes512>(ctx, vars),
        256 => Forward<Lanes256>(ctx, vars),
        _ => Forward<Lanes128>(ctx, vars),
    };

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) => KernelSet.Best.Bits switch
    {
        512 => Backward<Lanes512>(ctx, grad_output),
        256 => Backward<Lanes256>(ctx, grad_output),
        _ => Backward<Lanes128>(ctx, grad_output),
    };

    static unsafe Tensor Forward<TLanes>(autograd.AutogradContext ctx, object[] vars)
        where TLanes : struct, ILanes<TLanes>
    {
        using var scope = NewDisposeScope();
        Tensor x = Last((Tensor)vars[0]), shift = (Tensor)vars[1], weight = (Tensor)vars[2], bias = (Tensor)vars[3];
        int groups = (int)vars[4];
        var map = new NormSiluMap<TLanes>(x, Bytes(x));
        Tensor sums = empty(map.Count, map.Channels), means = empty(map.Count, groups), inverses = empty(map.Count, groups), y = Empty(x.shape, (ScalarType)vars[6]);
        float epsilon = (float)(double)vars[5];
        float* s = Floats(sums), m = Floats(means), r = Floats(inverses), t = Floats(shift), w = Floats(weight), b = Floats(bias);
        byte* to = Bytes(y);
        bool half = y.dtype == ScalarType.BFloat16;
        Each(map.Count, n => map.Forward(n, groups, epsilon, t + n * map.Channels, w, b, s + n * map.Channels, m + n * groups, r + n * groups, to, half));
        ctx.save_for_backward([x.MoveToOuterDisposeScope(), shift, weight, bias, sums.MoveToOuterDisposeScope(), means.MoveToOuterDisposeScope(), inverses.MoveToOuterDisposeScope()]);
        return y.MoveToOuterDisposeScope();
    }

    static unsafe List<Tensor> Backward<TLanes>(autograd.AutogradContext ctx, Tensor gradient)
        where TLanes : struct, ILanes<TLanes>
    {
        using var scope = NewDisposeScope();
        var saved = ctx.get_saved_variables();
        Tensor x = saved[0], shift = saved[1], weight = saved[2], bias = saved[3], sums = saved[4], means = saved[5], inverses = saved[6];
        var map = new NormSiluMap<TLanes>(x, Bytes(x));
        int groups = (int)means.shape[1], channels = map.Channels;
        Tensor dy = Last(gradient), dx = Empty(x.shape, x.dtype);
        Tensor shifts = empty(map.Count, channels), weights = empty(map.Count, channels), biases = empty(map.Count, channels);
        float* s = Floats(sums), m = Floats(means), r = Floats(inverses), t = Floats(shift), w = Floats(weight), b = Floats(bias);
        float* dt = Floats(shifts), dw = Floats(weights), db = Floats(biases);
        byte* from = Bytes(dy), to = Bytes(dx);
        bool half = dy.dtype == ScalarType.BFloat16;
        Each(map.Count, n =>
        {
            int at = n * channels;
            map.Backward(n, groups, t + at, w, b, s + at, m + n * groups, r + n * groups, from, half, to, dt + at, dw + at, db + at);
        });
        return [dx.MoveToOuterDisposeScope(), shifts.MoveToOuterDisposeScope(), weights.sum([0]).MoveToOuterDisposeScope(), biases.sum([0]).MoveToOuterDisposeScope(), null!, null!, null!];
    }

    static void Each(int count, Action<int> run) => Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() }, run);

    static Tensor Last(Tensor x) => Restoration.IsChannelsLast(x) ? x.alias() : Restoration.ChannelsLast(x);

    static Tensor Empty(long[] shape, ScalarType type) => empty_strided(shape, [shape[1] * shape[2] * shape[3], 1, shape[3] * shape[1], shape[1]], type);

    static unsafe byte* Bytes(Tensor map) => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(map.permute(0, 2, 3, 1).bytes));

    static unsafe float* Floats(Tensor values) => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(values.contiguous().bytes));
}
