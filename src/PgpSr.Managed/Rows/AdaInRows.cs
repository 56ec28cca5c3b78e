using System.Numerics.Tensors;
using PgpSr.Imaging;

namespace PgpSr.Managed;

/// <summary>Mean and deviation of each channel, over the whole picture: rows wait until the last has come, so the result is held as a whole.</summary>
sealed class AdaInRows(EnlargedReference reference, RowSink next, CancellationToken cancellation)
{
    const int Channels = 3, PieceRows = 64;

    readonly float[] _result = new float[checked(reference.Width * reference.Height * Channels)];
    readonly ChannelStatistics[] _own = [new(), new(), new()];
    int _filled;

    /// <summary>Bytes held: the result, and a piece of the reference.</summary>
    public static long Bytes(int width, int height) => ((long)height + 2 * PieceRows) * width * Channels * sizeof(float);

    public void Write(ReadOnlySpan<float> rows)
    {
        var kept = _result.AsSpan(_filled, rows.Length);
        // From [-1, 1] to [0, 1], in which the statistics' variance floor is meant.
        TensorPrimitives.Multiply(rows, 0.5f, kept);
        TensorPrimitives.Add(kept, 0.5f, kept);
        for (int c = 0; c < Channels; c++) _own[c].Add(kept, c, Channels);
        _filled += rows.Length;
        if (_filled == _result.Length) Finish();
    }

    void Finish()
    {
        int row = reference.Width * Channels;
        ChannelStatistics[] wanted = [new(), new(), new()];
        float[] piece = new float[PieceRows * row];
        for (int y = 0; y < reference.Height; y += PieceRows)
        {
            var rows = piece.AsSpan(0, Math.Min(PieceRows, reference.Height - y) * row);
            reference.Read(y, rows);
            for (int c = 0; c < Channels; c++) wanted[c].Add(rows, c, Channels);
            cancellation.ThrowIfCancellationRequested();
        }
        for (int at = 0; at < _result.Length; at += piece.Length)
        {
            var rows = _result.AsSpan(at, Math.Min(piece.Length, _result.Length - at));
            for (int c = 0; c < Channels; c++) ColourFix.AdaIn(rows, _own[c], wanted[c], c, Channels);
            TensorPrimitives.Multiply(rows, 2, rows);
            TensorPrimitives.Subtract(rows, 1, rows);
            next(rows);
            cancellation.ThrowIfCancellationRequested();
        }
    }
}
