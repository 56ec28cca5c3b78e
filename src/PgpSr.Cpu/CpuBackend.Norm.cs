using PgpSr.Tensors;

namespace PgpSr.Cpu;

public sealed unsafe partial class CpuBackend
{
    // A block of positions is an item of both passes: 512 KiB, so that a block's sums are combined rarely and a map still has items for many threads.
    const int GroupNormBlockElements = 1 << 17;

    /// <inheritdoc/>
    public override void GroupNorm(Tensor x, Tensor gamma, Tensor beta, int groups, float epsilon, Activation activation, Tensor y)
    {
        int channels = x.Shape[-1];
        if (x.Shape.Count == 0) return;
        long positions = x.Shape.Rows / x.Shape[0];
        int samples = x.Shape[0];
        int blockPositions = Math.Max(1, GroupNormBlockElements / channels);
        int blocks = checked((int)((positions + blockPositions - 1) / blockPositions));
        int padded = _kernels.PaddedChannels(channels);

        // Shared scratch: 24 bytes for each block and group, and three tables for each sample.
        long momentsBytes = (long)samples * blocks * groups * sizeof(Moments);
        byte* shared = _scratch.Shared(checked((momentsBytes + 63) / 64 * 64 + (long)samples * 3 * padded * sizeof(float)));
        var moments = (Moments*)shared;
        var tables = (float*)(shared + (momentsBytes + 63) / 64 * 64);
        bool small = x.Shape.Count <= RowItems<CombineWork>.ItemElements;

        var sums = new MomentsWork(this, CpuBuffer.Floats(x), positions, blockPositions, blocks, channels, groups, moments);
        RunItems(ref sums, samples * blocks, small);
        for (int sample = 0; sample < samples; sample++)
            Tabulate(moments + (long)sample * blocks * groups, blocks, groups, CpuBuffer.Floats(gamma), CpuBuffer.Floats(beta), channels, epsilon,
                padded, tables + (long)sample * 3 * padded);
        var apply = new GroupNormWork(_kernels, CpuBuffer.Floats(x), positions, blockPositions, blocks, channels, tables, padded, activation,
            CpuBuffer.Floats(y), samples * blocks);
        RunItems(ref apply, samples * blocks, small);
    }

    /// <inheritdoc/>
    public override void LayerNorm(Tensor x, Tensor gamma, Tensor beta, float epsilon, Tensor y)
    {
        int channels = x.Shape[-1];
        RunRows(new LayerNormWork(_kernels, CpuBuffer.Floats(x), channels, CpuBuffer.Floats(gamma), CpuBuffer.Floats(beta), epsilon,
            CpuBuffer.Floats(y)), x.Shape.Rows, channels);
    }

    void RunItems<TWork>(ref TWork work, int items, bool onThisThread)
        where TWork : struct, IParallelWork
    {
        if (!onThisThread)
        {
            _pool.Run(ref work, items, CancellationToken);
            return;
        }
        CancellationToken.ThrowIfCancellationRequested();
        for (int item = 0; item < items; item++) work.Run(item, 0);
    }

    // (x - mean) * scale + offset: the mean as a float, what its rounding leaves goes into the offset.
    static void Tabulate(Moments* moments, int blocks, int groups, float* gamma, float* beta, int channels, float epsilon, int padded, float* tables)
    {
        new Span<float>(tables, 3 * padded).Clear();
        int channelsPerGroup = channels / groups;
        for (int group = 0; group < groups; group++)
        {
            var total = moments[group];
            for (int block = 1; block < blocks; block++) total = Moments.Union(total, moments[(long)block * groups + group]);
            double inverse = 1 / Math.Sqrt(Math.Max(0, total.SquaredDeviations / total.Count) + epsilon);
            float mean = (float)total.Mean;
            for (int c = group * channelsPerGroup; c < (group + 1) * channelsPerGroup; c++)
            {
                double scale = gamma[c] * inverse;
                tables[c] = mean;
                tables[padded + c] = (float)scale;
                tables[2 * padded + c] = (float)(beta[c] - (total.Mean - mean) * scale);
            }
        }
    }

    readonly struct MomentsWork(CpuBackend backend, float* x, long positions, int blockPositions, int blocks, int channels, int groups,
        Moments* moments) : IParallelWork
    {
        public void Run(int item, int worker)
        {
            var (sample, block) = Math.DivRem(item, blocks);
            long start = (long)block * blockPositions;
            int count = (int)Math.Min(blockPositions, positions - start);
            // Per worker: five rows of sums.
            var scratch = (float*)backend._scratch.ForWorker(worker, sizeof(float) * (long)backend._kernels.GroupNormScratch(channels));
            backend._kernels.GroupNormMoments(x + (sample * positions + start) * channels, count, channels, groups, scratch,
                moments + (long)item * groups);
        }
    }

    readonly struct GroupNormWork(
        KernelSet kernels, float* x, long positions, int blockPositions, int blocks, int channels, float* tables, int padded, Activation activation,
            float* y, int items) : IParallelWork
    {
        public void Run(int item, int worker)
        {
            // Backwards: the end of the map was read last and is still in the cache.
            var (sample, block) = Math.DivRem(items - 1 - item, blocks);
            long start = (long)block * blockPositions;
            int count = (int)Math.Min(blockPositions, positions - start);
            long offset = (sample * positions + start) * channels;
            float* table = tables + (long)sample * 3 * padded;
            kernels.GroupNormApply(x + offset, count, channels, table, table + padded, table + 2 * padded, activation, y + offset);
        }
    }

    readonly struct LayerNormWork(KernelSet kernels, float* x, int channels, float* gamma, float* beta, float epsilon, float* y) : IRowWork
    {
        public void Run(long start, long end)
        {
            for (long row = start; row < end; row++) kernels.LayerNorm(x + row * channels, channels, gamma, beta, epsilon, y + row * channels);
        }
    }
}
