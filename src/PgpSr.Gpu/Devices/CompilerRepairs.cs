using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using ILGPU.Backends;
using ILGPU.IR.Transformations;

namespace PgpSr.Gpu;

/// <summary>
/// Takes two defects out of ILGPU 1.5.3's compiler, both seen as wrong results. The package is pinned; a test per device holds what they repair.
/// </summary>
/// <remarks>
/// 1. The last pass of optimization level O2 (<see cref="CodePlacement"/>) moves a load within its block past barriers and stores that follow it:
/// <c>t = s[0]; Barrier(); use(t)</c> reads after the barrier, and <c>t = a; a = b; b = t</c> loses a. Level O1 has no such pass, but addresses
/// memory generically, which doubles the instructions of a load. The pass serves register pressure, which the driver's compiler handles anyway.
/// 2. In OpenCL a barrier fences global memory only, so what a group wrote to its shared memory need not be visible after it.
/// </remarks>
[RequiresUnreferencedCode("changes what ILGPU hides")]
static class CompilerRepairs
{
    const BindingFlags Hidden = BindingFlags.Instance | BindingFlags.Static | BindingFlags.NonPublic;

    /// <summary>Repairs a backend before its first kernel.</summary>
    /// <exception cref="NotSupportedException">ILGPU is another version than the pinned one.</exception>
    public static void Apply(Backend backend)
    {
        var property = typeof(Backend).GetProperty("KernelTransformers", Hidden) ?? throw Unknown();
        var transformers = (ImmutableArray<Transformer>)property.GetValue(backend)!;
        var repaired = transformers.Select(t => Transformer.Create(t.Configuration, t.Transformations.RemoveAll(pass => pass is CodePlacement)));
        property.SetValue(backend, repaired.ToImmutableArray());

        var instructions = typeof(Backend).Assembly.GetType("ILGPU.Backends.OpenCL.CLInstructions") ?? throw Unknown();
        var flags = instructions.GetField("MemoryFenceFlags", Hidden)?.GetValue(null) as string[] ?? throw Unknown();
        flags[0] = "CLK_GLOBAL_MEM_FENCE | CLK_LOCAL_MEM_FENCE";
    }

    static NotSupportedException Unknown() => new($"{typeof(Backend).Assembly.GetName()} is not the version 1.5.3 that kernels are compiled with");
}
