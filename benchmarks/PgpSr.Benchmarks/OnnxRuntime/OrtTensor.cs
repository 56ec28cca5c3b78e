using Microsoft.ML.OnnxRuntime;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>A tensor of ONNX Runtime's: a map with its channels first, tokens with their heads first if those have a size, others as they are.</summary>
sealed class OrtTensor
{
    readonly float[] _values;
    // What changes places, and what stays together.
    readonly int _rows, _columns, _block;

    public OrtTensor(string name, Shape shape, int headSize = 0)
    {
        (Name, Shape, _values) = (name, shape, new float[shape.Count]);
        bool map = shape.Rank == 4;
        (_rows, _columns, _block) = map ? (shape[1] * shape[2], shape[3], 1) : headSize > 0 ? (shape[1], shape[2] / headSize, headSize) : (1, 1, shape[-1]);
        Sizes = map ? [shape[0], shape[3], shape[1], shape[2]] : headSize > 0 ? [shape[0], _columns, _rows, headSize] : BackendWork.Axes(shape);
        Value = OrtValue.CreateTensorValueFromMemory(_values, Sizes);
    }

    public string Name { get; }

    /// <summary>Channels last.</summary>
    public Shape Shape { get; }

    public long[] Sizes { get; }

    public OrtValue Value { get; }

    /// <summary>Takes values, channels last.</summary>
    public void Set(ReadOnlySpan<float> values) => Turn(values, _values, _rows, _columns);

    /// <summary>Gives them.</summary>
    public void Get(Span<float> values) => Turn(_values, values, _columns, _rows);

    // [N, rows, columns, block] to [N, columns, rows, block].
    void Turn(ReadOnlySpan<float> source, Span<float> destination, int rows, int columns)
    {
        for (int start = 0; start < source.Length; start += rows * columns * _block)
            for (int r = 0; r < rows; r++)
                for (int c = 0; c < columns; c++)
                    source.Slice(start + (r * columns + c) * _block, _block).CopyTo(destination[(start + (c * rows + r) * _block)..]);
    }
}
