using System.Numerics.Tensors;
using PgpSr.Imaging;

namespace PgpSr.Managed;

/// <summary>Low frequencies of the source instead of the result's, strip by strip with the rows around that the blurs reach: the same as over the
/// whole picture.</summary>
sealed class WaveletRows(EnlargedReference reference, RowSink next)
{
    const int Channels = 3, Halo = ColorFix.WaveletHalo;

    // What leaves at once: twice the halo on both sides, so that two thirds of the work is not repeated.
    const int PieceRows = 4 * Halo;

    readonly int _row = reference.Width * Channels;
    readonly float[] _window = new float[checked((PieceRows + 2 * Halo) * reference.Width * Channels)];
    readonly float[] _fixed = new float[checked((PieceRows + 2 * Halo) * reference.Width * Channels)];
    readonly float[] _wanted = new float[checked((PieceRows + 2 * Halo) * reference.Width * Channels)];
    int _first;
    int _held;
    int _done;

    /// <summary>Bytes held: three windows, and two more inside the fix.</summary>
    public static long Bytes(int width) => 5L * (PieceRows + 2 * Halo) * width * Channels * sizeof(float);

    public void Write(ReadOnlySpan<float> rows)
    {
        while (!rows.IsEmpty)
        {
            int count = Math.Min(rows.Length / _row, PieceRows + 2 * Halo - _held);
            rows[..(count * _row)].CopyTo(_window.AsSpan(_held * _row));
            rows = rows[(count * _row)..];
            _held += count;
            bool last = _first + _held == reference.Height;
            if (last || _held == PieceRows + 2 * Halo) Finish(last);
        }
    }

    void Finish(bool last)
    {
        var window = _fixed.AsSpan(0, _held * _row);
        TensorPrimitives.Multiply(_window.AsSpan(0, window.Length), 0.5f, window);
        TensorPrimitives.Add(window, 0.5f, window);
        var wanted = _wanted.AsSpan(0, window.Length);
        reference.Read(_first, wanted);
        ColorFix.Wavelet(window, wanted, reference.Width, _held, Channels);
        TensorPrimitives.Multiply(window, 2, window);
        TensorPrimitives.Subtract(window, 1, window);
        int end = last ? _first + _held : _first + _held - Halo;
        next(window[((_done - _first) * _row)..((end - _first) * _row)]);
        _done = end;
        int drop = Math.Max(0, _done - Halo - _first);
        _window.AsSpan(drop * _row, (_held - drop) * _row).CopyTo(_window);
        _first += drop;
        _held -= drop;
    }
}
