using ILGPU;

namespace PgpSr.Gpu;

// One group of threads for each row. Rows may be written over their sources: everything was read before the first write, a barrier in between.

/// <summary>Layer norm: deviations from the row's first value, so that a large mean loses nothing.</summary>
readonly struct LayerNormKernel<T>(ArrayView<T> x, ArrayView<float> gamma, ArrayView<float> beta, int channels, float epsilon, ArrayView<T> y)
    : IGroupKernel
    where T : unmanaged, IElement<T>
{
    public void Write(ref KernelArguments to) => to.Add(x).Add(gamma).Add(beta).Add(channels).Add(epsilon).Add(y);

    public void Run()
    {
        var shared = SharedMemory.Allocate<float>(GroupReduction.MaxThreads);
        int row = Grid.IdxX * channels;
        float shift = x.Load(row), sum = 0f, squares = 0f;
        for (int i = Group.IdxX; i < channels; i += Group.DimX) sum += x.Load(row + i) - shift;
        float mean = GroupReduction.Sum(sum, shared) / channels;
        for (int i = Group.IdxX; i < channels; i += Group.DimX)
        {
            float difference = (x.Load(row + i) - shift) - mean;
            squares += difference * difference;
        }
        float scale = 1f / KernelMath.Sqrt(GroupReduction.Sum(squares, shared) / channels + epsilon);
        for (int i = Group.IdxX; i < channels; i += Group.DimX) y.Store(row + i, ((x.Load(row + i) - shift) - mean) * (scale * gamma[i]) + beta[i]);
    }
}
