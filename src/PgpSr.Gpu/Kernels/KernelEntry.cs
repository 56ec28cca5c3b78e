using System.Reflection;
using ILGPU;

namespace PgpSr.Gpu;

/// <summary>A kernel whose groups work together; its fields are its arguments. Every thread runs it once.</summary>
interface IGroupKernel
{
    void Run();
}

/// <summary>A kernel whose elements are independent; its fields are its arguments.</summary>
interface IElementKernel
{
    void Run(int index);
}

/// <summary>The methods that ILGPU compiles, one for each kernel struct.</summary>
static class KernelEntry
{
    public static MethodInfo GroupsOf<TKernel>() where TKernel : struct, IGroupKernel => ((Action<TKernel>)Groups).Method;

    public static MethodInfo ElementsOf<TKernel>() where TKernel : struct, IElementKernel => ((Action<TKernel, int>)Elements).Method;

    static void Groups<TKernel>(TKernel kernel) where TKernel : struct, IGroupKernel => kernel.Run();

    // A grid of any size serves any count: neighbors in a warp take neighbors in memory.
    static void Elements<TKernel>(TKernel kernel, int count) where TKernel : struct, IElementKernel
    {
        int stride = Grid.DimX * Group.DimX;
        for (int i = Grid.IdxX * Group.DimX + Group.IdxX; i < count; i += stride) kernel.Run(i);
    }
}
