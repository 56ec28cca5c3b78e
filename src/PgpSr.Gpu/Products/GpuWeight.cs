using System.Runtime.InteropServices;
using ILGPU;
using PgpSr.Tensors;

namespace PgpSr.Gpu;

/// <summary>
/// A weight and bias on the device. Elements keep the width of their file; the bias is widened, and zeros if the layer has none. Element
/// [tap][input][row] of a matrix of <see cref="Terms"/> x <see cref="Rows"/>: neighboring threads, which compute neighboring channels, read
/// neighboring elements.
/// </summary>
sealed class GpuWeight : IDisposable
{
    readonly GpuBuffer _elements;
    readonly GpuBuffer _bias;

    /// <param name="queue">Where the device's copy goes.</param>
    /// <param name="weight">[rows, inputs] or [rows, inputs, kernel height, kernel width].</param>
    /// <param name="bias">[rows] or absent.</param>
    public GpuWeight(GpuQueue queue, HostTensor weight, HostTensor bias)
    {
        Type = weight.Type;
        Rows = weight.Shape[0];
        Inputs = weight.Shape[1];
        Taps = weight.Shape.Rank == 4 ? checked(weight.Shape[2] * weight.Shape[3]) : 1;
        using var blocks = new GpuBlocks(queue);
        _elements = blocks.Upload<byte>(weight.Type == DType.F32 ? Order<uint>(weight.Bytes) : Order<ushort>(weight.Bytes));
        _bias = blocks.Upload<float>(bias.IsAbsent ? new float[Rows] : bias.ToArray());
        blocks.Keep();
    }

    public DType Type { get; }

    /// <summary>Output channels, GEGLU's gates included.</summary>
    public int Rows { get; }

    public int Inputs { get; }

    /// <summary>Pixels of the kernel.</summary>
    public int Taps { get; }

    /// <summary>Products of each result.</summary>
    public int Terms => checked(Taps * Inputs);

    public long ByteCount => _elements.Length + _bias.Length;

    public ArrayView<float> Bias => _bias.View<float>(0, Rows);

    public ArrayView<T> Elements<T>() where T : unmanaged => _elements.View<T>(0, (long)Rows * Terms);

    public void Dispose()
    {
        _elements.Dispose();
        _bias.Dispose();
    }

    byte[] Order<T>(ReadOnlySpan<byte> bytes) where T : unmanaged
    {
        var from = MemoryMarshal.Cast<byte, T>(bytes);
        byte[] ordered = new byte[bytes.Length];
        var to = MemoryMarshal.Cast<byte, T>(ordered.AsSpan());
        int terms = Terms;
        // Blocks of rows and terms that fit the first cache, for a transposition as fast as memory.
        const int Block = 32;
        for (int rowStart = 0; rowStart < Rows; rowStart += Block)
            for (int termStart = 0; termStart < terms; termStart += Block)
                for (int row = rowStart; row < Math.Min(rowStart + Block, Rows); row++)
                    for (int term = termStart; term < Math.Min(termStart + Block, terms); term++)
                    {
                        int input = term / Taps, tap = term - input * Taps;
                        to[(tap * Inputs + input) * Rows + row] = from[row * terms + term];
                    }
        return ordered;
    }
}

/// <summary>A convolution weight of this backend.</summary>
sealed class GpuPackedConv2d(string name, GpuWeight weight, Conv2dGeometry geometry) : PackedConv2d(name, weight.Inputs, weight.Rows, geometry)
{
    public GpuWeight Weight { get; } = weight;

    public override long ByteCount => Weight.ByteCount;

    protected override void Dispose(bool disposing)
    {
        if (disposing) Weight.Dispose();
    }
}

/// <summary>A matrix of this backend.</summary>
sealed class GpuPackedLinear(string name, GpuWeight weight, LinearForm form)
    : PackedLinear(name, weight.Inputs, form == LinearForm.Geglu ? weight.Rows / 2 : weight.Rows, form)
{
    public GpuWeight Weight { get; } = weight;

    public override long ByteCount => Weight.ByteCount;

    protected override void Dispose(bool disposing)
    {
        if (disposing) Weight.Dispose();
    }
}
