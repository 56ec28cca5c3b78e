using ILGPU;

namespace PgpSr.Gpu;

/// <summary>One thread for each result of a convolution or, with one tap, a matrix product.</summary>
readonly struct NaiveConv2dKernel<T, TStored, TX, TY>(
    ArrayView<TX> x, int height, int width, int inputs, ArrayView<T> weight, ArrayView<float> bias, int outHeight, int outWidth, int outputs,
    int kernelHeight, int kernelWidth, int stride, int padTop, int padLeft, EpilogueArguments<TY> epilogue) : IElementKernel
    where T : unmanaged
    where TStored : struct, IStored<T>
    where TX : unmanaged, IElement<TX>
    where TY : unmanaged, IElement<TY>
{
    public void Write(ref KernelArguments to) =>
        to.Add(x).Add(height).Add(width).Add(inputs).Add(weight).Add(bias).Add(outHeight).Add(outWidth).Add(outputs).Add(kernelHeight)
            .Add(kernelWidth).Add(stride).Add(padTop).Add(padLeft).Add(epilogue);

    public void Run(int index)
    {
        int row = index / outputs, channel = index - row * outputs;
        int line = row / outWidth, column = row - line * outWidth;
        int sample = line / outHeight;
        int top = (line - sample * outHeight) * stride - padTop, left = column * stride - padLeft;
        float sum = bias[channel];
        for (int dy = 0; dy < kernelHeight; dy++)
        {
            for (int dx = 0; dx < kernelWidth; dx++)
            {
                int sourceRow = top + dy, sourceColumn = left + dx;
                if (sourceRow >= 0 && sourceRow < height && sourceColumn >= 0 && sourceColumn < width)
                {
                    int pixel = ((sample * height + sourceRow) * width + sourceColumn) * inputs;
                    long element = (long)(dy * kernelWidth + dx) * inputs * outputs + channel;
                    for (int i = 0; i < inputs; i++) sum += x.Load(pixel + i) * default(TStored).Widen(weight[element + (long)i * outputs]);
                }
            }
        }
        epilogue.Store(row, channel, sum);
    }
}

/// <summary>One thread for each result of a matrix product, or of its GEGLU.</summary>
readonly struct NaiveLinearKernel<T, TStored, TX, TY>(
    ArrayView<TX> x, int inputs, ArrayView<T> weight, ArrayView<float> bias, int outputs, int geglu, EpilogueArguments<TY> epilogue) : IElementKernel
    where T : unmanaged
    where TStored : struct, IStored<T>
    where TX : unmanaged, IElement<TX>
    where TY : unmanaged, IElement<TY>
{
    public void Write(ref KernelArguments to) => to.Add(x).Add(inputs).Add(weight).Add(bias).Add(outputs).Add(geglu).Add(epilogue);

    public void Run(int index)
    {
        int row = index / outputs, channel = index - row * outputs;
        float sum = Product(row, channel);
        if (geglu != 0) sum *= KernelMath.Gelu(Product(row, channel + outputs));
        epilogue.Store(row, channel, sum);
    }

    float Product(int row, int channel)
    {
        int rows = geglu != 0 ? 2 * outputs : outputs;
        float sum = bias[channel];
        for (int i = 0; i < inputs; i++) sum += x.Load(row * inputs + i) * default(TStored).Widen(weight[(long)i * rows + channel]);
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
