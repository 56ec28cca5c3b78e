using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PgpSr.Cpu;

/// <summary>256 bits: 8 lanes.</summary>
readonly unsafe struct Lanes256(Vector256<float> value) : ILanes<Lanes256>
{
    readonly Vector256<float> _v = value;

    public static int Count => 8;

    public static bool ScalesByAnyPower => Avx512F.VL.IsSupported;

    public static int Registers => Avx512F.VL.IsSupported ? 32 : 16;

    public static Lanes256 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector256<float>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Broadcast(float x) => new(Vector256.Create(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(float* p) => new(Vector256.Load(p));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes256 v, float* p) => v._v.Store(p);

    // Masked moves where AVX has them; else a stack copy (tails are a vanishing part of every kernel).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadPartial(float* p, int count)
    {
        if (Avx.IsSupported) return new(Avx.MaskLoad(p, Mask(count)));
        var copy = Vector256<float>.Zero;
        for (int i = 0; i < count; i++) ((float*)&copy)[i] = p[i];
        return new(copy);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial(Lanes256 v, float* p, int count)
    {
        if (Avx.IsSupported)
        {
            Avx.MaskStore(p, Mask(count), v._v);
            return;
        }
        var copy = v._v;
        for (int i = 0; i < count; i++) p[i] = ((float*)&copy)[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Mask(int count) =>
        Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle();

    // An arithmetic shift leaves the sign at its place and moves exponent and mantissa to float's; 2^112 rebiases and normalizes subnormals.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LoadHalfPairs(ushort* p, out Lanes256 even, out Lanes256 odd)
    {
        var pairs = Vector256.Load((int*)p);
        var kept = Vector256.Create(unchecked((int)0x8fffe000));
        var rebias = Vector256.Create(5.192296858534828e33f); // 2^112
        even = new((((pairs << 16) >> 3) & kept).AsSingle() * rebias);
        odd = new(((pairs >> 3) & kept).AsSingle() * rebias);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LoadBFloat16Pairs(ushort* p, out Lanes256 even, out Lanes256 odd)
    {
        var pairs = Vector256.Load((int*)p);
        even = new((pairs << 16).AsSingle());
        odd = new((pairs & Vector256.Create(unchecked((int)0xffff0000))).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator +(Lanes256 a, Lanes256 b) => new(a._v + b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator -(Lanes256 a, Lanes256 b) => new(a._v - b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator *(Lanes256 a, Lanes256 b) => new(a._v * b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator /(Lanes256 a, Lanes256 b) => new(a._v / b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator -(Lanes256 a) => new(-a._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MultiplyAdd(Lanes256 a, Lanes256 b, Lanes256 c) => new(Vector256.MultiplyAddEstimate(a._v, b._v, c._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 NegatedMultiplyAdd(Lanes256 a, Lanes256 b, Lanes256 c) => new(Vector256.MultiplyAddEstimate(-a._v, b._v, c._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Max(Lanes256 a, Lanes256 b) => new(Vector256.MaxNative(a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Min(Lanes256 a, Lanes256 b) => new(Vector256.MinNative(a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Abs(Lanes256 a) => new(Vector256.Abs(a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Sqrt(Lanes256 a) => new(Vector256.Sqrt(a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Round(Lanes256 a) => new(Vector256.Round(a._v));

    // One instruction in AVX-512; else in two halves, so that a subnormal result is reached without an exponent that a float cannot hold.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 ScaleByPowerOfTwo(Lanes256 x, Lanes256 n)
    {
        if (Avx512F.VL.IsSupported) return new(Avx512F.VL.Scale(x._v, n._v));
        var exponent = Vector256.ConvertToInt32Native(n._v);
        var half = exponent >> 1;
        var first = ((half + Vector256.Create(127)) << 23).AsSingle();
        var second = ((exponent - half + Vector256.Create(127)) << 23).AsSingle();
        return new(x._v * first * second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 SelectLess(Lanes256 x, Lanes256 y, Lanes256 a, Lanes256 b) =>
        new(Vector256.ConditionalSelect(Vector256.LessThan(x._v, y._v), a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 SelectEqual(Lanes256 x, Lanes256 y, Lanes256 a, Lanes256 b) =>
        new(Vector256.ConditionalSelect(Vector256.Equals(x._v, y._v), a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyLess(Lanes256 x, Lanes256 y) => Vector256.LessThanAny(x._v, y._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes256 a) => Vector256.Sum(a._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxLane(Lanes256 a)
    {
        return Lanes128.MaxLane(new Lanes128(Vector128.MaxNative(a._v.GetLower(), a._v.GetUpper())));
    }
}
