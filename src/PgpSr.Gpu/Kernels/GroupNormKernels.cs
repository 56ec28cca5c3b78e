using ILGPU;

namespace PgpSr.Gpu;

// Group norm over a channels-last map in two passes over memory: moments of blocks of positions > moments of groups > y = f(((x - s) - d) a + b).
// Moments are relative to the group's first value s, so that a mean a million times the spread loses nothing: x - s is exact where they are close.

/// <summary>
/// Count, mean (relative to the group's shift) and squared deviations, combined as Chan, Golub and LeVeque 1979 do: no cancellation.
/// </summary>
struct Moments
{
    public float Count;
    public float Mean;
    public float Squares;

    public static Moments Union(Moments a, Moments b)
    {
        Moments union = a;
        float count = a.Count + b.Count;
        if (b.Count > 0f)
        {
            float difference = b.Mean - a.Mean, share = b.Count / count;
            union.Count = count;
            union.Mean = a.Mean + difference * share;
            union.Squares = a.Squares + b.Squares + difference * difference * a.Count * share;
        }
        return union;
    }

    /// <summary>Of all threads of the group, in one order.</summary>
    public static Moments OfGroup(Moments own, ArrayView<Moments> shared)
    {
        int thread = Group.IdxX;
        shared[thread] = own;
        Group.Barrier();
        for (int offset = Group.DimX >> 1; offset > 0; offset >>= 1)
        {
            if (thread < offset) shared[thread] = Union(shared[thread], shared[thread + offset]);
            Group.Barrier();
        }
        return shared[0];
    }
}

/// <summary>Moments of one normalized group in one block of positions: grid (blocks, groups, samples).</summary>
/// <param name="x">[samples, positions, channels].</param>
/// <param name="positions">Positions of a sample.</param>
/// <param name="channels">All channels.</param>
/// <param name="width">Channels of a group.</param>
/// <param name="blockPositions">Positions of a block.</param>
/// <param name="partial">[samples, groups, blocks].</param>
readonly struct GroupMomentsKernel<T>(ArrayView<T> x, int positions, int channels, int width, int blockPositions, ArrayView<Moments> partial)
    : IGroupKernel
    where T : unmanaged, IElement<T>
{
    public void Write(ref KernelArguments to) => to.Add(x).Add(positions).Add(channels).Add(width).Add(blockPositions).Add(partial);

    // A thread's values up to here are summed as they are: bounds the error of its sums by so many roundings.
    const int RunLength = 64;

    public void Run()
    {
        var shared = SharedMemory.Allocate<Moments>(GroupReduction.MaxThreads);
        int first = Grid.IdxX * blockPositions;
        int count = blockPositions < positions - first ? blockPositions : positions - first;
        int sample = Grid.IdxZ * positions * channels + Grid.IdxY * width;
        float shift = x.Load(sample);
        int elements = count * width, start = sample + first * channels;
        Moments all = default, run = default;
        // Within a run, moments are sums relative to its own first value.
        float own = 0f, sum = 0f, squares = 0f;
        int length = 0;
        for (int i = Group.IdxX; i < elements; i += Group.DimX)
        {
            int position = i / width;
            float value = x.Load(start + position * channels + (i - position * width));
            if (length == 0) own = value;
            float difference = value - own;
            sum += difference;
            squares += difference * difference;
            if (++length == RunLength)
            {
                run = Finish(own - shift, length, sum, squares);
                all = Moments.Union(all, run);
                length = 0;
                sum = 0f;
                squares = 0f;
            }
        }
        if (length > 0)
        {
            run = Finish(own - shift, length, sum, squares);
            all = Moments.Union(all, run);
        }
        all = Moments.OfGroup(all, shared);
        if (Group.IdxX == 0) partial[(Grid.IdxZ * Grid.DimY + Grid.IdxY) * Grid.DimX + Grid.IdxX] = all;
    }

    static Moments Finish(float offset, int length, float sum, float squares)
    {
        float mean = sum / length;
        Moments moments = default;
        moments.Count = length;
        moments.Mean = offset + mean;
        moments.Squares = squares - sum * mean;
        return moments;
    }
}

/// <summary>What becomes of a group's values: ((x - Shift) - Mean) * Scale.</summary>
struct GroupScale
{
    public float Shift;
    public float Mean;
    public float Scale;
}

/// <summary>Moments of blocks to the scale of each group: one group of threads for each (sample, group).</summary>
readonly struct GroupScaleKernel<T>(
    ArrayView<T> x, int sampleCount, int width, int groups, int blocks, float epsilon, ArrayView<Moments> partial, ArrayView<GroupScale> scales)
    : IGroupKernel
    where T : unmanaged, IElement<T>
{
    public void Write(ref KernelArguments to) =>
        to.Add(x).Add(sampleCount).Add(width).Add(groups).Add(blocks).Add(epsilon).Add(partial).Add(scales);

    public void Run()
    {
        var shared = SharedMemory.Allocate<Moments>(GroupReduction.MaxThreads);
        int group = Grid.IdxX;
        Moments all = default;
        for (int i = Group.IdxX; i < blocks; i += Group.DimX) all = Moments.Union(all, partial[group * blocks + i]);
        all = Moments.OfGroup(all, shared);
        if (Group.IdxX == 0)
        {
            // Rounding can leave a variance of zero slightly negative.
            float variance = all.Squares / all.Count;
            if (variance < 0f) variance = 0f;
            GroupScale scale = default;
            scale.Shift = x.Load(group / groups * sampleCount + group % groups * width);
            scale.Mean = all.Mean;
            scale.Scale = 1f / KernelMath.Sqrt(variance + epsilon);
            scales[group] = scale;
        }
    }
}

/// <summary>Scales, shifts and activates.</summary>
readonly struct GroupApplyKernel<T>(
    ArrayView<T> x, ArrayView<float> gamma, ArrayView<float> beta, ArrayView<GroupScale> scales, int sampleCount, int channels, int width,
    int activation, ArrayView<T> y) : IElementKernel
    where T : unmanaged, IElement<T>
{
    public void Write(ref KernelArguments to) =>
        to.Add(x).Add(gamma).Add(beta).Add(scales).Add(sampleCount).Add(channels).Add(width).Add(activation).Add(y);

    public void Run(int index)
    {
        int channel = index % channels;
        var scale = scales[index / sampleCount * (channels / width) + channel / width];
        float value = ((x.Load(index) - scale.Shift) - scale.Mean) * (scale.Scale * gamma[channel]) + beta[channel];
        y.Store(index, KernelMath.Activate(value, activation));
    }
}
