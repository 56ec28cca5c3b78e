using ILGPU;
using PgpSr.Gpu.Gemm;

namespace PgpSr.Gpu;

/// <summary>One thread for each result of a product, or of its GEGLU.</summary>
readonly struct NaiveProductKernel<TWeight, TX, TY>(ArrayView<TX> x, ArrayView<TWeight> weight, ProductShape shape, ProductEpilogue<TY> epilogue)
    : IElementKernel
    where TWeight : unmanaged, IStored<TWeight>
    where TX : unmanaged, IElement<TX>
    where TY : unmanaged, IElement<TY>
{
    public void Write(ref KernelArguments to) => to.Add(x).Add(weight).Add(shape).Add(epilogue);

    public void Run(int index)
    {
        int row = index / epilogue.Columns, column = index - row * epilogue.Columns;
        var origin = RowOrigin.Of(row, shape);
        float sum;
        if (epilogue.Geglu != 0) sum = Product(origin, 2 * column) * KernelMath.Gelu(Product(origin, 2 * column + 1));
        else sum = Product(origin, column);
        epilogue.Store(row, column, sum);
    }

    float Product(RowOrigin origin, int column)
    {
        float sum = epilogue.Bias[column];
        for (int tap = 0; tap < shape.Taps; tap++)
        {
            int tapY = tap / shape.KernelWidth, tapX = tap - tapY * shape.KernelWidth;
            int py = origin.Y + tapY, px = origin.X + tapX;
            if (py >= 0 && py < shape.Height && px >= 0 && px < shape.Width)
            {
                long pixel = (origin.Sample + (long)py * shape.Width + px) * shape.Channels;
                long element = ((long)column * shape.Taps + tap) * shape.PaddedChannels;
                for (int i = 0; i < shape.Channels; i++) sum += x.Load(pixel + i) * weight.Load(element + i);
            }
        }
        return sum;
    }
}

/// <summary>
/// One group of threads for each query of each head; keys come in blocks of as many as there are threads, and what was summed is rescaled
/// whenever the largest logit grows: in float32 memory (y itself where it is that). Grid (queries, heads, samples).
/// </summary>
readonly struct NaiveAttentionKernel<T>(
    ArrayView<T> q, ArrayView<T> k, ArrayView<T> v, int keys, int channels, int depth, float scale, int causal, ArrayView<float> sums, ArrayView<T> y)
    : IGroupKernel
    where T : unmanaged, IElement<T>
{
    public void Write(ref KernelArguments to) => to.Add(q).Add(k).Add(v).Add(keys).Add(channels).Add(depth).Add(scale).Add(causal).Add(sums).Add(y);

    public void Run()
    {
        var shared = SharedMemory.Allocate<float>(GroupReduction.MaxThreads);
        var weights = SharedMemory.Allocate<float>(GroupReduction.MaxThreads);
        int thread = Group.IdxX, query = Grid.IdxX;
        int from = (Grid.IdxZ * Grid.DimX + query) * channels + Grid.IdxY * depth;
        int head = Grid.IdxZ * keys * channels + Grid.IdxY * depth;
        int visible = causal != 0 ? query + 1 : keys;
        float max = float.NegativeInfinity, sum = 0f;
        for (int start = 0; start < visible; start += Group.DimX)
        {
            int key = start + thread;
            float logit = float.NegativeInfinity;
            if (key < visible)
            {
                logit = 0f;
                for (int i = 0; i < depth; i++) logit += q.Load(from + i) * k.Load(head + key * channels + i);
                logit *= scale;
            }
            float newMax = KernelMath.Max(GroupReduction.Max(logit, shared), max);
            float weight = key < visible ? KernelMath.Exp(logit - newMax) : 0f;
            float rescale = KernelMath.Exp(max - newMax);
            weights[thread] = weight;
            sum = sum * rescale + GroupReduction.Sum(weight, shared);
            max = newMax;
            int count = visible - start < Group.DimX ? visible - start : Group.DimX;
            for (int i = thread; i < depth; i += Group.DimX)
            {
                float total = start == 0 ? 0f : sums[from + i] * rescale;
                for (int j = 0; j < count; j++) total += weights[j] * v.Load(head + (start + j) * channels + i);
                sums[from + i] = total;
            }
            Group.Barrier();
        }
        for (int i = thread; i < depth; i += Group.DimX) y.Store(from + i, sums[from + i] / sum);
    }
}
