using System.Runtime.CompilerServices;
using PgpSr.Tensors;

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

/// <summary>max(x, 0); NaN stays.</summary>
readonly struct ReluFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Apply<TLanes>(TLanes x)
        where TLanes : struct, ILanes<TLanes> => TLanes.SelectLess(x, TLanes.Zero, TLanes.Zero, x);
}

/// <summary>x where it is positive, 0.2 x elsewhere.</summary>
readonly struct LeakyReluFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Apply<TLanes>(TLanes x)
        where TLanes : struct, ILanes<TLanes> => TLanes.SelectLess(x, TLanes.Zero, TLanes.Broadcast(0.2f) * x, x);
}

/// <summary>Work that is compiled once for each activation.</summary>
interface IActivated
{
    void Run<TActivation>()
        where TActivation : struct, ILaneFunction;
}

/// <summary>From an activation's value to its type.</summary>
static class ActivationChoice
{
    public static void Run<TWork>(Activation activation, TWork work)
        where TWork : struct, IActivated
    {
        switch (activation)
        {
            case Activation.None: work.Run<IdentityFunction>(); break;
            case Activation.Silu: work.Run<SiluFunction>(); break;
            case Activation.Gelu: work.Run<GeluFunction>(); break;
            case Activation.QuickGelu: work.Run<QuickGeluFunction>(); break;
            case Activation.Relu: work.Run<ReluFunction>(); break;
            case Activation.LeakyRelu: work.Run<LeakyReluFunction>(); break;
            default: throw new ArgumentOutOfRangeException(nameof(activation), activation, "not an activation");
        }
    }
}
