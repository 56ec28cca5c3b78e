using PgpSr.Tensors;

namespace PgpSr.Cpu;

/// <summary>Host memory behind tensors of the CPU backend.</summary>
sealed unsafe class CpuBuffer(NativeMemoryBlock memory) : DeviceBuffer(memory.Bytes)
{
    NativeMemoryBlock? _memory = memory;

    /// <summary>First element of a tensor of this backend.</summary>
    public static float* Floats(Tensor tensor) => (float*)Bytes(tensor);

    /// <inheritdoc cref="Floats"/>
    public static byte* Bytes(Tensor tensor) => ((CpuBuffer)tensor.Buffer).Memory.Pointer + tensor.Offset;

    NativeMemoryBlock Memory => _memory ?? throw new ObjectDisposedException(nameof(CpuBuffer));

    /// <summary>Leaves the memory to a later buffer; tensors in it are dead.</summary>
    public void GiveTo(KeptMemory next)
    {
        next.Keep(Memory);
        _memory = null;
    }

    protected override void Dispose(bool disposing)
    {
        _memory?.Dispose();
        _memory = null;
    }
}
