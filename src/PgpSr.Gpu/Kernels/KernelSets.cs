using PgpSr.Gpu.Fourier;

namespace PgpSr.Gpu;

/// <summary>The kernels that every network of the library runs, for compiling them ahead.</summary>
static class KernelSets
{
    /// <summary>Everything but products and long Fourier lines, the most expensive first.</summary>
    public static void Compile(GpuDevice device)
    {
        device.Groups<GroupMomentsKernel>();
        device.Groups<GroupScaleKernel>();
        device.Elements<GroupApplyKernel>();
        device.Groups<ColumnsExchangeKernel>();
        device.Groups<RowsForwardKernel>();
        device.Groups<RowsInverseKernel>();
        device.Groups<LayerNormKernel>();
        device.Elements<ActivateKernel>();
        device.Elements<AddKernel>();
        device.Elements<CombineKernel>();
        device.Elements<ScaleKernel>();
        device.Elements<AddPerChannelKernel>();
        device.Elements<ConcatKernel>();
        device.Elements<SliceKernel>();
        device.Elements<ResizeNearestKernel>();
        device.Elements<SpaceToDepthKernel>();
        device.Elements<DepthToSpaceKernel>();
    }
}
