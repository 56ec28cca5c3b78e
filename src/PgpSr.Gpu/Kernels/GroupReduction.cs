using ILGPU;

namespace PgpSr.Gpu;

/// <summary>
/// Sums and maxima over the threads of a group, in one order on every run: a binary tree in shared memory. Groups are powers of two.
/// </summary>
static class GroupReduction
{
    /// <summary>The most threads of a group, and so the shared memory of a reduction.</summary>
    public const int MaxThreads = 256;

    public static float Sum(float value, ArrayView<float> shared)
    {
        int thread = Group.IdxX;
        shared[thread] = value;
        Group.Barrier();
        for (int offset = Group.DimX >> 1; offset > 0; offset >>= 1)
        {
            if (thread < offset) shared[thread] += shared[thread + offset];
            Group.Barrier();
        }
        float sum = shared[0];
        Group.Barrier();
        return sum;
    }

    /// <summary>The largest; NaN are passed over unless all are.</summary>
    public static float Max(float value, ArrayView<float> shared)
    {
        int thread = Group.IdxX;
        shared[thread] = value;
        Group.Barrier();
        for (int offset = Group.DimX >> 1; offset > 0; offset >>= 1)
        {
            if (thread < offset)
            {
                float a = shared[thread], b = shared[thread + offset];
                shared[thread] = a > b || float.IsNaN(b) ? a : b;
            }
            Group.Barrier();
        }
        float max = shared[0];
        Group.Barrier();
        return max;
    }
}
