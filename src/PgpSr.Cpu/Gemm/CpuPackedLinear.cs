using PgpSr.Tensors;

namespace PgpSr.Cpu;

/// <summary>A matrix packed for the CPU's kernels.</summary>
sealed class CpuPackedLinear(string name, GemmWeight weight) : PackedLinear(name, weight.Inputs, weight.Outputs, weight.Form)
{
    public GemmWeight Weight { get; } = weight;

    public override long ByteCount => Weight.ByteCount;

    protected override void Dispose(bool disposing) => Weight.Dispose();
}
