using System.Numerics.Tensors;
using PgpSr.Imaging;

namespace PgpSr.Managed;

/// <summary>
/// Mean and deviation of each channel, over the whole picture: rows wait until the last has come, so the result is held as a whole, in pieces that
/// go as they leave.
/// </summary>
/// <param name="reference">The source at the result's size.</param>
/// <param name="source">The source itself, whose plain statistics the result is to have; null for the reference's, with a floor under the
/// variances.</param>
/// <param name="next">Takes the rows.</param>
/// <param name="cancellation">Stops between pieces.</param>
sealed class AdaInRows(EnlargedReference reference, Image? source, RowSink next, CancellationToken cancellation)
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
        var wanted = Wanted();
        _last = [];
        while (_pieces.TryDequeue(out float[]? rows))
        {
            for (int c = 0; c < Channels; c++) ColorFix.AdaIn(rows, _own[c], wanted[c], c, Channels, floor: source is null);
            TensorPrimitives.Multiply(rows, 2, rows);
            TensorPrimitives.Subtract(rows, 1, rows);
            next(rows);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    ChannelStatistics[] Wanted()
    {
        ChannelStatistics[] wanted = [new(), new(), new()];
        int height = source?.Height ?? reference.Height, row = (source?.Width ?? reference.Width) * Channels;
        float[] piece = new float[PieceRows * row];
        for (int y = 0; y < height; y += PieceRows)
        {
            var rows = piece.AsSpan(0, Math.Min(PieceRows, height - y) * row);
            if (source is null) reference.Read(y, rows);
            else PixelConversion.ToInterleaved(source.Rows(y, rows.Length / row), source.Info, PixelRange.ZeroToOne, Channels, rows);
            for (int c = 0; c < Channels; c++) wanted[c].Add(rows, c, Channels);
            cancellation.ThrowIfCancellationRequested();
        }
        return wanted;
    }
}
