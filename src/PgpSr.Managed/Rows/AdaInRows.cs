using System.Numerics.Tensors;
using PgpSr.Imaging;

namespace PgpSr.Managed;

/// <summary>
/// Mean and deviation of each channel, over the whole picture: rows wait until the last has come, so the result is held as a whole, in pieces that
/// go as they leave.
/// </summary>
sealed class AdaInRows(EnlargedReference reference, RowSink next, CancellationToken cancellation)
{
    const int Channels = 3, PieceRows = 64;

    readonly Queue<float[]> _pieces = [];
    readonly ChannelStatistics[] _own = [new(), new(), new()];
    float[] _last = [];
    int _filled;
    int _rows;

    int RowLength => reference.Width * Channels;

    /// <summary>Bytes held: the result in whole pieces, and a piece of the reference.</summary>
    public static long Bytes(int width, int height) => ((long)height + 2 * PieceRows) * width * Channels * sizeof(float);

    public void Write(ReadOnlySpan<float> rows)
    {
        while (!rows.IsEmpty)
        {
            if (_filled == _last.Length)
            {
                _last = GC.AllocateUninitializedArray<float>(Math.Min(PieceRows, reference.Height - _rows) * RowLength);
                _pieces.Enqueue(_last);
                _filled = 0;
            }
            var kept = _last.AsSpan(_filled, Math.Min(rows.Length, _last.Length - _filled));
            // From [-1, 1] to [0, 1], in which the statistics' variance floor is meant.
            TensorPrimitives.Multiply(rows[..kept.Length], 0.5f, kept);
            TensorPrimitives.Add(kept, 0.5f, kept);
            for (int c = 0; c < Channels; c++) _own[c].Add(kept, c, Channels);
            rows = rows[kept.Length..];
            _filled += kept.Length;
            _rows += kept.Length / RowLength;
        }
        if (_rows == reference.Height) Finish();
    }

    void Finish()
    {
        ChannelStatistics[] wanted = [new(), new(), new()];
        float[] piece = new float[PieceRows * RowLength];
        for (int y = 0; y < reference.Height; y += PieceRows)
        {
            var rows = piece.AsSpan(0, Math.Min(PieceRows, reference.Height - y) * RowLength);
            reference.Read(y, rows);
            for (int c = 0; c < Channels; c++) wanted[c].Add(rows, c, Channels);
            cancellation.ThrowIfCancellationRequested();
        }
        _last = [];
        while (_pieces.TryDequeue(out float[]? rows))
        {
            for (int c = 0; c < Channels; c++) ColourFix.AdaIn(rows, _own[c], wanted[c], c, Channels);
            TensorPrimitives.Multiply(rows, 2, rows);
            TensorPrimitives.Subtract(rows, 1, rows);
            next(rows);
            cancellation.ThrowIfCancellationRequested();
        }
    }
}
