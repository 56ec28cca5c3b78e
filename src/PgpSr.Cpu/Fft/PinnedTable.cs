using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PgpSr.Cpu;

/// <summary>Constant tables that kernels read through pointers: arrays that the garbage collector does not move while their owner lives.</summary>
static unsafe class PinnedTable
{
    public static float[] Create(long count) => GC.AllocateUninitializedArray<float>(checked((int)count), pinned: true);

    public static int[] CreateIndices(int count) => GC.AllocateUninitializedArray<int>(count, pinned: true);

    public static float* Pointer(float[] table) => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(table));

    public static int* Pointer(int[] table) => (int*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(table));

    /// <summary>exp(-2 pi i numerator / denominator), in double from the numerator's remainder: the error is float32's rounding alone.</summary>
    public static (float Real, float Imaginary) UnitRoot(long numerator, long denominator)
    {
        var (sine, cosine) = Math.SinCos(2 * Math.PI * (numerator % denominator) / denominator);
        return ((float)cosine, (float)-sine);
    }
}
