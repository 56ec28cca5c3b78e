using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>A table of vectors in host memory, in its file's width; rows are widened when looked up.</summary>
sealed class EmbeddingTable(DType type, int rows, int width, byte[] bytes)
{
    /// <summary>Row <paramref name="index"/> in float32, added to what <paramref name="destination"/> (of the table's width) holds.</summary>
    public void AddTo(int index, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, rows);
        var row = new float[width];
        int rowBytes = width * type.Size();
        Widen.ToSingle(type, bytes.AsSpan(index * rowBytes, rowBytes), row);
        System.Numerics.Tensors.TensorPrimitives.Add(destination, row, destination);
    }
}
