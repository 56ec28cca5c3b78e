using PgpSr.Tensors;

namespace PgpSr.Cpu;

/// <summary>A convolution weight packed for the CPU's kernels.</summary>
sealed class CpuPackedConv2d(string name, GemmWeight weight, Conv2dGeometry geometry) : PackedConv2d(name, weight.Inputs, weight.Outputs, geometry)
{
    public GemmWeight Weight { get; } = weight;

    public override long ByteCount => Weight.ByteCount;

    protected override void Dispose(bool disposing) => Weight.Dispose();
}
