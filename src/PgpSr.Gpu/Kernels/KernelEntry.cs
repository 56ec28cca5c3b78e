using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using ILGPU;

namespace PgpSr.Gpu;

/// <summary>A struct that is, or is part of, a kernel's arguments.</summary>
interface IKernelFields
{
    /// <summary>Its fields in their order: what <see cref="KernelArguments"/> lays out for a kernel that was compiled beforehand.</summary>
    void Write(ref KernelArguments to);
}

/// <summary>A kernel; its fields are its arguments.</summary>
interface IKernel : IKernelFields
{
    /// <summary>Threads of a group, where the kernel is written for that many; 0 where any power of two will do.</summary>
    static virtual int GroupThreads => 0;
}

/// <summary>A kernel whose groups work together. Every thread runs it once.</summary>
interface IGroupKernel : IKernel
{
    void Run();
}

/// <summary>A kernel whose elements are independent.</summary>
interface IElementKernel : IKernel
{
    void Run(int index);
}

/// <summary>The methods that ILGPU compiles, one for each kernel struct.</summary>
[RequiresDynamicCode("ILGPU reads the instructions of kernels")]
[RequiresUnreferencedCode("ILGPU reads the instructions of kernels")]
static class KernelEntry
{
    /// <summary>The entry point of a kernel struct.</summary>
    public static MethodInfo Of(Type kernel)
    {
        string name = kernel.IsAssignableTo(typeof(IGroupKernel)) ? nameof(Groups) : nameof(Elements);
        return typeof(KernelEntry).GetMethod(name, BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(kernel);
    }

    static void Groups<TKernel>(TKernel kernel) where TKernel : struct, IGroupKernel => kernel.Run();

    // A grid of any size serves any count: neighbors in a warp take neighbors in memory.
    static void Elements<TKernel>(TKernel kernel, int count) where TKernel : struct, IElementKernel
    {
        int stride = Grid.DimX * Group.DimX;
        for (int i = Grid.IdxX * Group.DimX + Group.IdxX; i < count; i += stride) kernel.Run(i);
    }
}
