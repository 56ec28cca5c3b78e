using ILGPU;
using PgpSr.Tensors;

namespace PgpSr.Gpu;

public sealed partial class GpuBackend
{
    // Elements of a block of positions: 32 for each of 256 threads, enough to hide a reduction of eight steps.
    const int MomentElements = 8192;

    /// <inheritdoc/>
    public override void GroupNorm(Tensor x, Tensor gamma, Tensor beta, int groups, float epsilon, Activation activation, Tensor y)
    {
        if (y.Shape.Count == 0) return;
        Begin();
        int samples = x.Shape[0], channels = x.Shape[-1], width = channels / groups;
        int sampleCount = Int(x.Shape.Count / samples), positions = sampleCount / channels;
        Int(x.Shape.Count);
        int blockPositions = Math.Max(1, MomentElements / width);
        int blocks = (positions + blockPositions - 1) / blockPositions;
        int all = checked(samples * groups);
        // Moments and scales: three floats each.
        var scratch = _queue.Scratch(3L * all * (blocks + 1));
        var partial = scratch.SubView(0, 3L * all * blocks).Cast<Moments>();
        var scales = scratch.SubView(3L * all * blocks, 3L * all).Cast<GroupScale>();
        var from = GpuBuffer.Floats(x);
        int threads = _device.GroupSize;
        _queue.Run(
            new GroupMomentsKernel(from, positions, channels, width, blockPositions, partial),
            new KernelConfig(new Index3D(blocks, groups, samples), new Index3D(threads, 1, 1)));
        _queue.Run(new GroupScaleKernel(from, sampleCount, width, groups, blocks, epsilon, partial, scales), new KernelConfig(all, Threads(blocks)));
        _queue.ForEach(
            new GroupApplyKernel(
                from, GpuBuffer.Floats(gamma), GpuBuffer.Floats(beta), scales, sampleCount, channels, width, (int)activation, GpuBuffer.Floats(y)),
            y.Shape.Count);
    }

    /// <inheritdoc/>
    public override void LayerNorm(Tensor x, Tensor gamma, Tensor beta, float epsilon, Tensor y)
    {
        if (y.Shape.Count == 0) return;
        Begin();
        Int(x.Shape.Count);
        _queue.Run(
            new LayerNormKernel(GpuBuffer.Floats(x), GpuBuffer.Floats(gamma), GpuBuffer.Floats(beta), x.Shape[-1], epsilon, GpuBuffer.Floats(y)),
            new KernelConfig((int)x.Shape.Rows, Threads(x.Shape[-1])));
    }

    /// <inheritdoc/>
    public override void Softmax(Tensor x, Tensor y)
    {
        if (y.Shape.Count == 0) return;
        Begin();
        Int(x.Shape.Count);
        int columns = x.Shape[-1];
        _queue.Run(new SoftmaxKernel(GpuBuffer.Floats(x), columns, GpuBuffer.Floats(y)), new KernelConfig((int)x.Shape.Rows, Threads(columns)));
    }

    // As many threads as there is work for, between a warp and a full group.
    int Threads(int elements)
    {
        int threads = Math.Min(32, _device.GroupSize);
        while (threads < elements && threads < _device.GroupSize) threads *= 2;
        return threads;
    }
}
