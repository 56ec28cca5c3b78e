using System.Runtime.InteropServices;
using PgpSr.Tensors;

namespace PgpSr.Onnx;

/// <summary>A convolution's constants by name.</summary>
sealed class OnnxConv2d(string name, Shape shape, Conv2dGeometry geometry, string weight, string? bias)
    : PackedConv2d(name, shape[1], shape[0], geometry)
{
    public string Weight { get; } = weight;

    public string? Bias { get; } = bias;

    public override long ByteCount => 0;

    protected override void Dispose(bool disposing)
    {
    }
}

/// <summary>A matrix's constants by name, the matrix as [inputs, columns].</summary>
sealed class OnnxLinear(string name, Shape shape, LinearForm form, string weight, string? bias)
    : PackedLinear(name, shape[1], form == LinearForm.Geglu ? shape[0] / 2 : shape[0], form)
{
    public string Weight { get; } = weight;

    public string? Bias { get; } = bias;

    public override long ByteCount => 0;

    protected override void Dispose(bool disposing)
    {
    }

    /// <summary>[rows, columns] to [columns, rows], of elements of that many bytes.</summary>
    public static byte[] Transpose(ReadOnlySpan<byte> bytes, int rows, int columns, int size)
    {
        byte[] result = new byte[bytes.Length];
        if (size == sizeof(float)) Turn(MemoryMarshal.Cast<byte, uint>(bytes), MemoryMarshal.Cast<byte, uint>(result.AsSpan()), rows, columns);
        else Turn(MemoryMarshal.Cast<byte, ushort>(bytes), MemoryMarshal.Cast<byte, ushort>(result.AsSpan()), rows, columns);
        return result;
    }

    static void Turn<T>(ReadOnlySpan<T> source, Span<T> destination, int rows, int columns)
    {
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) destination[c * rows + r] = source[r * columns + c];
    }
}
