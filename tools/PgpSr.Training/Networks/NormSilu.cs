using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace PgpSr.Training;

/// <summary>
/// silu(GroupNorm(x + shift)) in one operation, stored as bfloat16: what stands before every convolution of a ResNet block. libtorch computes it as up to five
/// operations forward and as many backward over maps larger than the caches, which took half of a step's time.
/// <para>Maps are stored channels-last, channels a multiple of 16; x is float32 or bfloat16, sums are float32.</para>
/// </summary>
sealed class NormSilu : autograd.SingleTensorFunction<NormSilu>
{
    // Pixels whose channels are summed in registers before the sums go to memory: 32 of 128 channels are 16 KiB.
    const int Block = 32;

    public override string Name => nameof(NormSilu);

    /// <summary>The operation.</summary>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="shift">[N, C], added to every pixel before the norm.</param>
    /// <param name="weight">[C].</param>
    /// <param name="bias">[C].</param>
    /// <param name="groups">Of the norm.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public static Tensor Run(Tensor x, Tensor shift, Tensor weight, Tensor bias, int groups, double epsilon) => apply(x, shift, weight, bias, groups, epsilon);

    /// <summary>Whether maps of so many channels can be computed here.</summary>
    public static bool Serves(long channels) => channels % Vector512<float>.Count == 0;

    public override unsafe Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        Tensor x = Last((Tensor)vars[0]), shift = (Tensor)vars[1], weight = (Tensor)vars[2], bias = (Tensor)vars[3];
        int groups = (int)vars[4];
        var map = new Map(x);
        Tensor sums = empty(map.Count, map.Channels), means = empty(map.Count, groups), inverses = empty(map.Count, groups), y = Empty(x.shape, ScalarType.BFloat16);
        float epsilon = (float)(double)vars[5];
        float* s = Floats(sums), m = Floats(means), r = Floats(inverses), t = Floats(shift), w = Floats(weight), b = Floats(bias);
        byte* to = Bytes(y);
        Each(map.Count, n => map.Forward(n, groups, epsilon, t + n * map.Channels, w, b, s + n * map.Channels, m + n * groups, r + n * groups, to));
        ctx.save_for_backward([x.MoveToOuterDisposeScope(), shift, weight, bias, sums.MoveToOuterDisposeScope(), means.MoveToOuterDisposeScope(), inverses.MoveToOuterDisposeScope()]);
        return y.MoveToOuterDisposeScope();
    }

    public override unsafe List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        var saved = ctx.get_saved_variables();
        Tensor x = saved[0], shift = saved[1], weight = saved[2], bias = saved[3], sums = saved[4], means = saved[5], inverses = saved[6];
        var map = new Map(x);
        int groups = (int)means.shape[1], channels = map.Channels;
        Tensor dy = Last(grad_output), dx = Empty(x.shape, x.dtype);
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
        return [dx.MoveToOuterDisposeScope(), shifts.MoveToOuterDisposeScope(), weights.sum([0]).MoveToOuterDisposeScope(), biases.sum([0]).MoveToOuterDisposeScope(), null!, null!];
    }

    static void Each(int count, Action<int> run) => Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() }, run);

    static Tensor Last(Tensor x) => Restoration.IsChannelsLast(x) ? x.alias() : Restoration.ChannelsLast(x);

    static Tensor Empty(long[] shape, ScalarType type) => empty_strided(shape, [shape[1] * shape[2] * shape[3], 1, shape[3] * shape[1], shape[1]], type);

    static unsafe byte* Bytes(Tensor map) => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(map.permute(0, 2, 3, 1).bytes));

    static unsafe float* Floats(Tensor values) => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(values.contiguous().bytes));

    // One map's memory, a picture of it at a time.
    readonly unsafe struct Map
    {
        readonly byte* _x;
        readonly bool _half;
        readonly int _pixels;

        public Map(Tensor x)
        {
            (Count, Channels, _pixels) = ((int)x.shape[0], (int)x.shape[1], (int)(x.shape[2] * x.shape[3]));
            _half = x.dtype == ScalarType.BFloat16;
            _x = Bytes(x);
        }

        public int Count { get; }

        public int Channels { get; }

        public void Forward(int n, int groups, float epsilon, float* shift, float* weight, float* bias, float* sums, float* means, float* inverses, byte* y)
        {
            long start = (long)n * _pixels * Channels;
            float* squares = stackalloc float[2 * Channels], add = squares + Channels;
            new Span<float>(sums, Channels).Clear();
            new Span<float>(squares, Channels).Clear();
            for (int block = 0; block < _pixels; block += Block)
            {
                int end = Math.Min(block + Block, _pixels);
                for (int c = 0; c < Channels; c += Vector512<float>.Count)
                {
                    Vector512<float> sum = Vector512.Load(sums + c), square = Vector512.Load(squares + c);
                    for (int p = block; p < end; p++)
                    {
                        var v = Load(_x, start + (long)p * Channels + c, _half);
                        sum += v;
                        square = Vector512.FusedMultiplyAdd(v, v, square);
                    }
                    sum.Store(sums + c);
                    square.Store(squares + c);
                }
            }
            int width = Channels / groups;
            for (int g = 0; g < groups; g++)
            {
                double sum = 0, square = 0;
                for (int c = g * width; c < (g + 1) * width; c++)
                {
                    double t = shift[c];
                    sum += sums[c] + _pixels * t;
                    square += squares[c] + 2 * t * sums[c] + _pixels * t * t;
                }
                double values = (double)_pixels * width, mean = sum / values;
                double inverse = 1 / Math.Sqrt(Math.Max(0, square / values - mean * mean) + epsilon);
                (means[g], inverses[g]) = ((float)mean, (float)inverse);
                for (int c = g * width; c < (g + 1) * width; c++)
                {
                    squares[c] = (float)(weight[c] * inverse);
                    add[c] = (float)(bias[c] + (shift[c] - mean) * weight[c] * inverse);
                }
            }
            for (int p = 0; p < _pixels; p++)
            {
                for (int c = 0; c < Channels; c += Vector512<float>.Count)
                {
                    long at = start + (long)p * Channels + c;
                    var z = Vector512.FusedMultiplyAdd(Load(_x, at, _half), Vector512.Load(squares + c), Vector512.Load(add + c));
                    Store(z * Sigmoid(z), y, at, half: true);
                }
            }
        }

        // dx = r (w dz - m1 - xhat m2), where xhat = (x + t - mean) r, m1 and m2 are the group's means of w dz and of w dz xhat, dz = dy silu'(z).
        public void Backward(int n, int groups, float* shift, float* weight, float* bias, float* sums, float* means, float* inverses, byte* dy, bool dyHalf, byte* dx, float* dshift, float* dweight, float* dbias)
        {
            long start = (long)n * _pixels * Channels;
            int width = Channels / groups;
            float* scale = stackalloc float[5 * Channels], add = scale + Channels, products = add + Channels, slope = products + Channels, rest = slope + Channels;
            for (int c = 0; c < Channels; c++)
            {
                int g = c / width;
                scale[c] = weight[c] * inverses[g];
                add[c] = bias[c] + (shift[c] - means[g]) * scale[c];
            }
            new Span<float>(dbias, Channels).Clear();
            new Span<float>(products, Channels).Clear();
            for (int block = 0; block < _pixels; block += Block)
            {
                int end = Math.Min(block + Block, _pixels);
                for (int c = 0; c < Channels; c += Vector512<float>.Count)
                {
                    Vector512<float> sum = Vector512.Load(dbias + c), product = Vector512.Load(products + c), a = Vector512.Load(scale + c), b = Vector512.Load(add + c);
                    for (int p = block; p < end; p++)
                    {
                        long at = start + (long)p * Channels + c;
                        var x = Load(_x, at, _half);
                        var dz = Load(dy, at, dyHalf) * Slope(Vector512.FusedMultiplyAdd(x, a, b));
                        sum += dz;
                        product = Vector512.FusedMultiplyAdd(dz, x, product);
                    }
                    sum.Store(dbias + c);
                    product.Store(products + c);
                }
            }
            for (int g = 0; g < groups; g++)
            {
                double m1 = 0, m2 = 0, r = inverses[g];
                for (int c = g * width; c < (g + 1) * width; c++)
                {
                    dweight[c] = (float)(r * (products[c] + (shift[c] - means[g]) * (double)dbias[c]));
                    m1 += weight[c] * (double)dbias[c];
                    m2 += weight[c] * (double)dweight[c];
                }
                double values = (double)_pixels * width;
                (m1, m2) = (m1 / values, m2 / values);
                for (int c = g * width; c < (g + 1) * width; c++)
                {
                    slope[c] = (float)(-r * r * m2);
                    rest[c] = (float)(-r * m1 - r * r * m2 * (shift[c] - means[g]));
                    dshift[c] = (float)(scale[c] * (double)dbias[c] + slope[c] * (double)sums[c] + _pixels * (double)rest[c]);
                }
            }
            for (int p = 0; p < _pixels; p++)
            {
                for (int c = 0; c < Channels; c += Vector512<float>.Count)
                {
                    long at = start + (long)p * Channels + c;
                    Vector512<float> x = Load(_x, at, _half), a = Vector512.Load(scale + c);
                    var dz = Load(dy, at, dyHalf) * Slope(Vector512.FusedMultiplyAdd(x, a, Vector512.Load(add + c)));
                    Store(Vector512.FusedMultiplyAdd(dz, a, Vector512.FusedMultiplyAdd(x, Vector512.Load(slope + c), Vector512.Load(rest + c))), dx, at, _half);
                }
            }
        }

        static Vector512<float> Sigmoid(Vector512<float> z) => Vector512<float>.One / (Vector512<float>.One + Vector512.Exp(-z));

        static Vector512<float> Slope(Vector512<float> z)
        {
            var s = Sigmoid(z);
            return Vector512.FusedMultiplyAdd(z * s, Vector512<float>.One - s, s);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<float> Load(byte* values, long at, bool half)
        {
            if (!half) return Vector512.Load((float*)values + at);
            var (low, high) = Vector256.Widen(Vector256.Load((ushort*)values + at));
            return (Vector512.Create(low, high) << 16).AsSingle();
        }

        // To the nearest, ties to even, as libtorch rounds.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Store(Vector512<float> v, byte* values, long at, bool half)
        {
            if (!half)
            {
                v.Store((float*)values + at);
                return;
            }
            var bits = v.AsUInt32();
            bits = (bits + Vector512.Create(0x7fffu) + ((bits >> 16) & Vector512<uint>.One)) >> 16;
            Vector256.Narrow(bits.GetLower(), bits.GetUpper()).Store((ushort*)values + at);
        }
    }
}
