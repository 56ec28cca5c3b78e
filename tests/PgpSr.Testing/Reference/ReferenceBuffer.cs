using System.Runtime.InteropServices;
using PgpSr.Tensors;

namespace PgpSr.Testing;

/// <summary>Host memory of the reference backend.</summary>
sealed unsafe class ReferenceBuffer(long length) : DeviceBuffer(length)
{
    // One cache line beyond what was asked holds a pattern: a write past the end is found when the buffer goes.
    const int GuardBytes = 64;
    const byte GuardPattern = 0xA5;

    byte* _memory = Take(length);

    public static float* Floats(Tensor tensor) => (float*)(((ReferenceBuffer)tensor.Buffer)._memory + tensor.Offset);

    protected override void Dispose(bool disposing)
    {
        if (_memory == null) return;
        bool intact = !new ReadOnlySpan<byte>(_memory + Length, GuardBytes).ContainsAnyExcept(GuardPattern);
        NativeMemory.AlignedFree(_memory);
        _memory = null;
        if (disposing && !intact) throw new InvalidOperationException("a reference operation wrote past the end of its buffer");
    }

    static byte* Take(long length)
    {
        var memory = (byte*)NativeMemory.AlignedAlloc((nuint)length + GuardBytes, 64);
        new Span<byte>(memory + length, GuardBytes).Fill(GuardPattern);
        return memory;
    }
}
