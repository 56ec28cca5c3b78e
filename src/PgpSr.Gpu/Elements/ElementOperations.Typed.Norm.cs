using ILGPU;
using PgpSr.Tensors;

namespace PgpSr.Gpu;

sealed partial class ElementOperations<T>
{
    // Elements of a block of positions: 32 for each of 256 threads, enough to hide a reduction of eight steps.
    const int MomentElements = 8192;

    public override void GroupNorm(Tensor x, Tensor gamma, Tensor beta, int groups, float epsilon, Activation activation, Tensor y)
    {
        if (y.Shape.Count == 0) return;
        int samples = x.Shape[0], channels = x.Shape[-1], width = channels / groups;
        int sampleCount = queue.Int(x.Shape.Count / samples), positions = sampleCount / channels;
        queue.Int(x.Shape.Count);
        int blockPositions = Math.Max(1, MomentElements / width);
        int blocks = (positions + blockPositions - 1) / blockPositions;
        int all = checked(samples * groups);
        // Moments and scales: three floats each.
        var scratch = queue.Scratch(3L * all * (blocks + 1));
        var partial = scratch.SubView(0, 3L * all * blocks).Cast<Moments>();
        var scales = scratch.SubView(3L * all * blocks, 3L * all).Cast<GroupScale>();
        var from = Elements(x);
        int threads = queue.Device.GroupSize;
        queue.Run(
            new GroupMomentsKernel<T>(from, positions, channels, width, blockPositions, partial),
            new KernelConfig(new Index3D(blocks, groups, samples), new Index3D(threads, 1, 1)));
        queue.Run(
            new GroupScaleKernel<T>(from, sampleCount, width, groups, blocks, epsilon, partial, scales), new KernelConfig(all, Threads(blocks)));
        queue.ForEach(
            new GroupApplyKernel<T>(
                from, GpuBuffer.Floats(gamma), GpuBuffer.Floats(beta), scales, sampleCount, channels, width, (int)activation, Elements(y)),
            y.Shape.Count);
    }

    public override void LayerNorm(Tensor x, Tensor gamma, Tensor beta, float epsilon, Tensor y)
    {
        if (y.Shape.Count == 0) return;
        queue.Int(x.Shape.Count);
        queue.Run(
            new LayerNormKernel<T>(Elements(x), GpuBuffer.Floats(gamma), GpuBuffer.Floats(beta), x.Shape[-1], epsilon, Elements(y)),
            new KernelConfig((int)x.Shape.Rows, Threads(x.Shape[-1])));
    }

    // As many threads as there is work for, between a warp and a full group.
    int Threads(int elements)
    {
        int most = queue.Device.GroupSize, threads = Math.Min(32, most);
        while (threads < elements && threads < most) threads *= 2;
        return threads;
    }
}
