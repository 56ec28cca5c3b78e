using System.Runtime.Intrinsics;

namespace PgpSr.KernelBench;

/// <summary>What the peak tile needs of a vector.</summary>
interface IPeakLanes<TSelf> where TSelf : struct, IPeakLanes<TSelf>
{
    static abstract int Count { get; }
    static abstract unsafe TSelf Load(float* p);
    static abstract TSelf Broadcast(float x);
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);
    static abstract TSelf Add(TSelf a, TSelf b);
    static abstract unsafe void Store(TSelf v, float* p);
}

/// <summary>16 lanes.</summary>
readonly struct PeakLanes512(Vector512<float> v) : IPeakLanes<PeakLanes512>
{
    readonly Vector512<float> _v = v;
    public static int Count => Vector512<float>.Count;
    public static unsafe PeakLanes512 Load(float* p) => new(Vector512.Load(p));
    public static PeakLanes512 Broadcast(float x) => new(Vector512.Create(x));
    public static PeakLanes512 MultiplyAdd(PeakLanes512 a, PeakLanes512 b, PeakLanes512 c) => new(Vector512.MultiplyAddEstimate(a._v, b._v, c._v));
    public static PeakLanes512 Add(PeakLanes512 a, PeakLanes512 b) => new(a._v + b._v);
    public static unsafe void Store(PeakLanes512 v, float* p) => v._v.Store(p);
}

/// <summary>8 lanes.</summary>
readonly struct PeakLanes256(Vector256<float> v) : IPeakLanes<PeakLanes256>
{
    readonly Vector256<float> _v = v;
    public static int Count => Vector256<float>.Count;
    public static unsafe PeakLanes256 Load(float* p) => new(Vector256.Load(p));
    public static PeakLanes256 Broadcast(float x) => new(Vector256.Create(x));
    public static PeakLanes256 MultiplyAdd(PeakLanes256 a, PeakLanes256 b, PeakLanes256 c) => new(Vector256.MultiplyAddEstimate(a._v, b._v, c._v));
    public static PeakLanes256 Add(PeakLanes256 a, PeakLanes256 b) => new(a._v + b._v);
    public static unsafe void Store(PeakLanes256 v, float* p) => v._v.Store(p);
}

/// <summary>4 lanes.</summary>
readonly struct PeakLanes128(Vector128<float> v) : IPeakLanes<PeakLanes128>
{
    readonly Vector128<float> _v = v;
    public static int Count => Vector128<float>.Count;
    public static unsafe PeakLanes128 Load(float* p) => new(Vector128.Load(p));
    public static PeakLanes128 Broadcast(float x) => new(Vector128.Create(x));
    public static PeakLanes128 MultiplyAdd(PeakLanes128 a, PeakLanes128 b, PeakLanes128 c) => new(Vector128.MultiplyAddEstimate(a._v, b._v, c._v));
    public static PeakLanes128 Add(PeakLanes128 a, PeakLanes128 b) => new(a._v + b._v);
    public static unsafe void Store(PeakLanes128 v, float* p) => v._v.Store(p);
}
