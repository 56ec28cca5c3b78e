namespace PgpSr.Cpu;

/// <summary>
/// A SIMD register of float32 lanes: the whole vocabulary that kernels are written in. 128, 256 and 512 bits implement it in one-liners,
/// so each kernel exists once and costs nothing for it (generic over a struct, it compiles to the bare instructions).
/// </summary>
/// <remarks>Kernels must use <see cref="MultiplyAdd"/>, never a fused multiply-add that falls back to software where FMA is missing.</remarks>
unsafe interface ILanes<TSelf>
    where TSelf : struct, ILanes<TSelf>
{
    /// <summary>Lanes of the register; also its alignment in floats.</summary>
    static abstract int Count { get; }

    /// <summary>Registers the instruction set has: decides the tile of a kernel.</summary>
    static abstract int Registers { get; }

    static abstract TSelf Zero { get; }

    static abstract TSelf Broadcast(float x);

    static abstract TSelf Load(float* p);

    static abstract void Store(TSelf v, float* p);

    /// <summary>The first <paramref name="count"/> lanes from memory (0..Count), zeros above; touches no byte beyond them.</summary>
    static abstract TSelf LoadPartial(float* p, int count);

    /// <summary>Stores the first <paramref name="count"/> lanes; touches no byte beyond them.</summary>
    static abstract void StorePartial(TSelf v, float* p, int count);

    /// <summary>
    /// Widens 2 * Count finite binary16 numbers, interleaved as (even, odd) pairs, to the even and the odd ones, subnormals included; infinities and
    /// NaN are not recognized.
    /// </summary>
    static abstract void LoadHalfPairs(ushort* p, out TSelf even, out TSelf odd);

    /// <summary>Widens 2 * Count bfloat16 numbers, interleaved as (even, odd) pairs, exactly.</summary>
    static abstract void LoadBFloat16Pairs(ushort* p, out TSelf even, out TSelf odd);

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a);

    /// <summary>a * b + c, fused where the hardware can.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>c - a * b, fused where the hardware can.</summary>
    static abstract TSelf NegatedMultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>The larger of each lane; NaN if either is NaN is not promised.</summary>
    static abstract TSelf Max(TSelf a, TSelf b);

    static abstract TSelf Min(TSelf a, TSelf b);

    static abstract TSelf Abs(TSelf a);

    static abstract TSelf Sqrt(TSelf a);

    /// <summary>Rounds to the nearest integer, ties to even.</summary>
    static abstract TSelf Round(TSelf a);

    /// <summary>x * 2^n for integral n in -252..254 held as floats; results may be subnormal or overflow to infinity.</summary>
    static abstract TSelf ScaleByPowerOfTwo(TSelf x, TSelf n);

    /// <summary>True where <see cref="ScaleByPowerOfTwo"/> takes any finite integral n: results underflow and overflow as they should.</summary>
    static abstract bool ScalesByAnyPower { get; }

    /// <summary>Lane-wise condition ? a : b where the condition is x less than y (false for NaN).</summary>
    static abstract TSelf SelectLess(TSelf x, TSelf y, TSelf a, TSelf b);

    /// <summary>Lane-wise condition ? a : b where the condition is x equal to y (false for NaN).</summary>
    static abstract TSelf SelectEqual(TSelf x, TSelf y, TSelf a, TSelf b);

    /// <summary>True if x is less than y in any lane (false for NaN).</summary>
    static abstract bool AnyLess(TSelf x, TSelf y);

    /// <summary>Sum of all lanes, in a fixed order.</summary>
    static abstract float Sum(TSelf a);

    /// <summary>Largest lane.</summary>
    static abstract float MaxLane(TSelf a);
}
