using ILGPU;
using PgpSr.Gpu.Gemm;
using PgpSr.Tensors;

namespace PgpSr.Gpu;

/// <summary>
/// A weight and bias as every product's kernel reads them: [row][tap][channels, padded with zeros to a multiple of 8], rows of value and gate side by
/// side for GEGLU; the bias is float32, zeros if the layer has none, and as long as whole tiles of 128 columns.
/// </summary>
sealed class GpuWeight : IDisposable
{
    /// <summary>The widest tile of any kernel: biases are read without a check.</summary>
    const int LargestTile = 128;

    /// <summary>Bytes of reordered rows that are uploaded at once: a fraction of the queue's staging memory, and enough for all cores.</summary>
    const int BlockBytes = 4 << 20;

    readonly GpuBuffer _elements;
    readonly GpuBuffer _bias;

    /// <param name="queue">Where the device's copy goes.</param>
    /// <param name="weight">[rows, inputs] or [rows, inputs, kernel height, kernel width].</param>
    /// <param name="bias">[rows] or absent.</param>
    /// <param name="gated">GEGLU: the first half of the rows are values, the second half their gates.</param>
    /// <param name="type">Type on the device; narrower than the file's only for tensor cores.</param>
    public GpuWeight(GpuQueue queue, HostTensor weight, HostTensor bias, bool gated, DType type)
    {
        Type = type;
        Gated = gated;
        Rows = weight.Shape[0];
        Inputs = weight.Shape[1];
        Taps = weight.Shape.Rank == 4 ? checked(weight.Shape[2] * weight.Shape[3]) : 1;
        int padded = ProductShape.Padded(Inputs);
        long count = checked((long)Rows * Taps * padded);
        float[] biases = new float[(Rows + LargestTile - 1) / LargestTile * LargestTile];
        float[] given = bias.IsAbsent ? [] : bias.ToArray();
        for (int row = 0; row < given.Length; row++) biases[row] = given[Source(row)];
        using var blocks = new GpuBlocks(queue);
        _elements = blocks.Take(checked(count * type.Size()));
        _bias = blocks.Upload<float>(biases);
        UploadRows(queue, weight, padded);
        blocks.Keep();
    }

    public DType Type { get; }

    /// <summary>Values and gates lie side by side.</summary>
    public bool Gated { get; }

    /// <summary>Columns of the product.</summary>
    public int Rows { get; }

    public int Inputs { get; }

    public int Taps { get; }

    public long ByteCount => _elements.Length + _bias.Length;

    public ArrayView<float> Bias => _bias.View<float>(0, _bias.Length / sizeof(float));

    public ArrayView<T> Elements<T>()
        where T : unmanaged => _elements.View<T>(0, _elements.Length / Interop.SizeOf<T>());

    public void Dispose()
    {
        _elements.Dispose();
        _bias.Dispose();
    }

    // Row of the file that becomes this row: 0, n/2, 1, n/2 + 1, ... where gates follow values.
    int Source(int row) => Gated ? row / 2 + row % 2 * (Rows / 2) : row;

    // In blocks of rows, each block on all cores: a whole reordered weight would double the host's peak, and single rows would be millions of uploads.
    unsafe void UploadRows(GpuQueue queue, HostTensor weight, int padded)
    {
        int rowBytes = checked(Inputs * Taps * weight.Type.Size());
        int lineBytes = checked(Taps * padded * Type.Size());
        int blockRows = Math.Clamp(BlockBytes / Math.Max(1, lineBytes), 1, Math.Max(1, Rows));
        byte[] block = new byte[checked(blockRows * lineBytes)];
        var fileType = weight.Type;
        fixed (byte* pinned = weight.Bytes)
        {
            byte* file = pinned;
            for (int first = 0; first < Rows; first += blockRows)
            {
                int start = first, count = Math.Min(blockRows, Rows - first);
                Parallel.For(0, count, () => new RowBuffers(Inputs * Taps, Taps * padded), (i, _, buffers) =>
                {
                    var from = new ReadOnlySpan<byte>(file + (long)Source(start + i) * rowBytes, rowBytes);
                    var to = block.AsSpan(i * lineBytes, lineBytes);
                    if (fileType == Type && Taps == 1)
                    {
                        // The block's earlier rows may still lie behind the row's end.
                        from.CopyTo(to);
                        to[rowBytes..].Clear();
                        return buffers;
                    }
                    Widen.ToSingle(fileType, from, buffers.File);
                    for (int tap = 0; tap < Taps; tap++)
                    {
                        for (int input = 0; input < Inputs; input++) buffers.Ordered[tap * padded + input] = buffers.File[input * Taps + tap];
                    }
                    Narrow.FromSingle(Type, buffers.Ordered, to);
                    return buffers;
                }, static _ => { });
                queue.Upload(block.AsSpan(0, count * lineBytes), _elements.View<byte>((long)first * lineBytes, (long)count * lineBytes));
            }
        }
    }

    // A row as the file has it and as kernels read it, widened; what pads the latter stays zero.
    sealed record RowBuffers(float[] File, float[] Ordered)
    {
        public RowBuffers(int terms, int padded)
            : this(new float[terms], new float[padded])
        {
        }
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
    : PackedLinear(name, weight.Inputs, weight.Gated ? weight.Rows / 2 : weight.Rows, form)
{
    public GpuWeight Weight { get; } = weight;

    public override long ByteCount => Weight.ByteCount;

    protected override void Dispose(bool disposing)
    {
        if (disposing) Weight.Dispose();
    }
}
