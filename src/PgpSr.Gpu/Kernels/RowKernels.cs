using ILGPU;

namespace PgpSr.Gpu;

// One group of threads for each row. Rows may be written over their sources: everything was read before the first write, a barrier in between.

/// <summary>Layer norm: deviations from the row's first value, so that a large mean loses nothing.</summary>
readonly struct LayerNormKernel(ArrayView<float> x, ArrayView<float> gamma, ArrayView<float> beta, int channels, float epsilon, ArrayView<float> y)
    : IGroupKernel
{
    public void Run()
    {
        var shared = SharedMemory.Allocate<float>(GroupReduction.MaxThreads);
        int row = Grid.IdxX * channels;
        float shift = x[row], sum = 0f, squares = 0f;
        for (int i = Group.IdxX; i < channels; i += Group.DimX) sum += x[row + i] - shift;
        float mean = GroupReduction.Sum(sum, shared) / channels;
        for (int i = Group.IdxX; i < channels; i += Group.DimX)
        {
            float difference = (x[row + i] - shift) - mean;
            squares += difference * difference;
        }
        float scale = 1f / KernelMath.Sqrt(GroupReduction.Sum(squares, shared) / channels + epsilon);
        for (int i = Group.IdxX; i < channels; i += Group.DimX)
            y[row + i] = ((x[row + i] - shift) - mean) * (scale * gamma[i]) + beta[i];
    }
}

/// <summary>exp(x - max) / sum.</summary>
readonly struct SoftmaxKernel(ArrayView<float> x, int columns, ArrayView<float> y) : IGroupKernel
{
    public void Run()
    {
        var shared = SharedMemory.Allocate<float>(GroupReduction.MaxThreads);
        int row = Grid.IdxX * columns;
        float max = float.NegativeInfinity, sum = 0f;
        for (int i = Group.IdxX; i < columns; i += Group.DimX) max = KernelMath.Max(x[row + i], max);
        max = GroupReduction.Max(max, shared);
        for (int i = Group.IdxX; i < columns; i += Group.DimX)
        {
            float e = KernelMath.Exp(x[row + i] - max);
            sum += e;
            y[row + i] = e;
        }
        float scale = 1f / GroupReduction.Sum(sum, shared);
        for (int i = Group.IdxX; i < columns; i += Group.DimX) y[row + i] *= scale;
    }
}
