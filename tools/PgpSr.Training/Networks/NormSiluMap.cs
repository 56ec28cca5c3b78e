using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PgpSr.Cpu;
using TorchSharp;
using static TorchSharp.torch;

namespace PgpSr.Training;

/// <summary>The loops of <see cref="NormSilu"/> over a map's memory, a picture of it at a time.</summary>
readonly unsafe struct NormSiluMap<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    // Pixels whose channels are summed in registers before the sums go to memory: 32 of 128 channels are 16 KiB.
    const int Block = 32;

    readonly byte* _x;
    readonly bool _half;
    readonly int _pixels;

    public NormSiluMap(Tensor x, byte* values)
    {
        (Count, Channels, _pixels) = ((int)x.shape[0], (int)x.shape[1], (int)(x.shape[2] * x.shape[3]));
        _half = x.dtype == ScalarType.BFloat16;
        _x = values;
    }

    public int Count { get; }

    public int Channels { get; }

    public void Forward(int n, int groups, float epsilon, float* shift, float* weight, float* bias, float* sums, float* means, float* inverses, byte* y, bool yHalf)
    {
        long start = (long)n * _pixels * Channels;
        float* squares = stackalloc float[2 * Channels], add = squares + Channels;
        new Span<float>(sums, Channels).Clear();
        new Span<float>(squares, Channels).Clear();
        for (int block = 0; block < _pixels; block += Block)
        {
            int end = Math.Min(block + Block, _pixels);
            for (int c = 0; c < Channels; c += TLanes.Count)
            {
                TLanes sum = TLanes.Load(sums + c), square = TLanes.Load(squares + c);
                for (int p = block; p < end; p++)
                {
                    var v = Load(_x, start + (long)p * Channels + c, _half);
                    sum += v;
                    square = TLanes.MultiplyAdd(v, v, square);
                }
                TLanes.Store(sum, sums + c);
                TLanes.Store(square, squares + c);
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
            for (int c = 0; c < Channels; c += TLanes.Count)
            {
                long at = start + (long)p * Channels + c;
                var z = TLanes.MultiplyAdd(Load(_x, at, _half), TLanes.Load(squares + c), TLanes.Load(add + c));
                Store(VectorMath<TLanes>.Silu(z), y, at, yHalf);
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
            for (int c = 0; c < Channels; c += TLanes.Count)
            {
                TLanes sum = TLanes.Load(dbias + c), product = TLanes.Load(products + c), a = TLanes.Load(scale + c), b = TLanes.Load(add + c);
                for (int p = block; p < end; p++)
                {
                    long at = start + (long)p * Channels + c;
                    var x = Load(_x, at, _half);
                    var dz = Load(dy, at, dyHalf) * Slope(TLanes.MultiplyAdd(x, a, b));
                    sum += dz;
                    product = TLanes.MultiplyAdd(dz, x, product);
                }
                TLanes.Store(sum, dbias + c);
                TLanes.Store(product, products + c);
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
            for (int c = 0; c < Channels; c += TLanes.Count)
            {
                long at = start + (long)p * Channels + c;
                TLanes x = Load(_x, at, _half), a = TLanes.Load(scale + c);
                var dz = Load(dy, at, dyHalf) * Slope(TLanes.MultiplyAdd(x, a, TLanes.Load(add + c)));
                Store(TLanes.MultiplyAdd(dz, a, TLanes.MultiplyAdd(x, TLanes.Load(slope + c), TLanes.Load(rest + c))), dx, at, _half);
            }
        }
    }

    static TLanes Slope(TLanes z)
    {
        TLanes s = VectorMath<TLanes>.Sigmoid(z);
        return TLanes.MultiplyAdd(z * s, TLanes.Broadcast(1) - s, s);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TLanes Load(byte* values, long at, bool half)
    {
        if (!half) return TLanes.Load((float*)values + at);
        ushort* from = (ushort*)values + at;
        if (TLanes.Count == Vector128<float>.Count) return Unsafe.BitCast<Vector128<uint>, TLanes>(Vector128.WidenLower(Vector128.CreateScalar(*(ulong*)from).AsUInt16()) << 16);
        if (TLanes.Count == Vector256<float>.Count)
        {
            var (lower, upper) = Vector128.Widen(Vector128.Load(from));
            return Unsafe.BitCast<Vector256<uint>, TLanes>(Vector256.Create(lower, upper) << 16);
        }
        var (low, high) = Vector256.Widen(Vector256.Load(from));
        return Unsafe.BitCast<Vector512<uint>, TLanes>(Vector512.Create(low, high) << 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store(TLanes v, byte* values, long at, bool half)
    {
        if (!half)
        {
            TLanes.Store(v, (float*)values + at);
            return;
        }
        ushort* to = (ushort*)values + at;
        if (TLanes.Count == Vector128<float>.Count)
        {
            var bits = Rounded(Unsafe.BitCast<TLanes, Vector128<uint>>(v));
            *(ulong*)to = Vector128.Narrow(bits, bits).AsUInt64()[0];
        }
        else if (TLanes.Count == Vector256<float>.Count)
        {
            var bits = Unsafe.BitCast<TLanes, Vector256<uint>>(v);
            Vector128.Narrow(Rounded(bits.GetLower()), Rounded(bits.GetUpper())).Store(to);
        }
        else
        {
            var bits = Unsafe.BitCast<TLanes, Vector512<uint>>(v);
            bits = (bits + Vector512.Create(0x7fffu) + ((bits >> 16) & Vector512<uint>.One)) >> 16;
            Vector256.Narrow(bits.GetLower(), bits.GetUpper()).Store(to);
        }
    }

    // To the nearest, ties to even, as libtorch rounds.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<uint> Rounded(Vector128<uint> bits) => (bits + Vector128.Create(0x7fffu) + ((bits >> 16) & Vector128<uint>.One)) >> 16;
}
