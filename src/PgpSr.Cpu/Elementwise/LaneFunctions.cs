using System.Runtime.CompilerServices;

namespace PgpSr.Cpu;

/// <summary>A function of one register, as a type argument: a loop or epilogue is compiled once for each, with the function inlined.</summary>
interface ILaneFunction
{
    static abstract TLanes Apply<TLanes>(TLanes x)
        where TLanes : struct, ILanes<TLanes>;
}

/// <summary>y = x.</summary>
readonly struct IdentityFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Apply<TLanes>(TLanes x)
        where TLanes : struct, ILanes<TLanes> => x;
}

/// <inheritdoc cref="VectorMath{TLanes}.Silu"/>
readonly struct SiluFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Apply<TLanes>(TLanes x)
        where TLanes : struct, ILanes<TLanes> => VectorMath<TLanes>.Silu(x);
}

/// <inheritdoc cref="VectorMath{TLanes}.Gelu"/>
readonly struct GeluFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Apply<TLanes>(TLanes x)
        where TLanes : struct, ILanes<TLanes> => VectorMath<TLanes>.Gelu(x);
}

/// <inheritdoc cref="VectorMath{TLanes}.QuickGelu"/>
readonly struct QuickGeluFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Apply<TLanes>(TLanes x)
        where TLanes : struct, ILanes<TLanes> => VectorMath<TLanes>.QuickGelu(x);
}

/// <inheritdoc cref="VectorMath{TLanes}.Relu"/>
readonly struct ReluFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Apply<TLanes>(TLanes x)
        where TLanes : struct, ILanes<TLanes> => VectorMath<TLanes>.Relu(x);
}

/// <inheritdoc cref="VectorMath{TLanes}.LeakyRelu"/>
readonly struct LeakyReluFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Apply<TLanes>(TLanes x)
        where TLanes : struct, ILanes<TLanes> => VectorMath<TLanes>.LeakyRelu(x);
}
