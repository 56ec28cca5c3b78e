using PgpSr.Tensors;

namespace PgpSr.Cpu;

/// <summary>Host memory behind tensors of the CPU backend.</summary>
sealed unsafe class CpuBuffer(long length) : DeviceBuffer(length)
{
    readonly NativeMemoryBlock _memory = new(length);

    /// <summary>First element of a tensor of this backend.</summary>
    public static float* Floats(Tensor tensor) => (float*)Bytes(tensor);

    /// <inheritdoc cref="Floats"/>
    public static byte* Bytes(Tensor tensor) => ((CpuBuffer)tensor.Buffer)._memory.Pointer + tensor.Offset;

    protected override void Dispose(bool disposing) => _memory.Dispose();
}
