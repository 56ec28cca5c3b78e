using PgpSr.Imaging;

namespace PgpSr.Managed;

/// <summary>Pixel rows of the model's size to rows of the size wanted, cut to the part that is kept. Holds the rows that the kernel
/// reaches.</summary>
sealed class ResizedRows
{
    // What leaves at once: the horizontal pass over rows that two pieces share is made twice, so a piece is several kernels high.
    const int PieceRows = 64;

    /// <summary>The kernel for reducing or enlarging a little.</summary>
    public const ResizeFilter Sharpest = ResizeFilter.Lanczos;

    readonly Resizer _resizer;
    readonly TargetSize _target;
    readonly PixelSink _next;
    readonly byte[] _piece;
    readonly byte[] _kept;
    byte[] _window;
    int _first;
    int _held;
    int _done;

    public ResizedRows(ImageInfo source, TargetSize target, ResizeFilter filter, PixelSink next)
    {
        _resizer = new Resizer(source, target.Width, target.Height, filter);
        _target = target;
        _next = next;
        _piece = new byte[PieceRows * _resizer.Destination.RowLength];
        _kept = new byte[PieceRows * target.OutputWidth * source.PixelLength];
        _window = [];
    }

    /// <summary>Bytes held for rows that come in <paramref name="strip"/> at a time.</summary>
    public static long Bytes(ImageInfo source, TargetSize target, int strip)
    {
        long reach = 2 + 8 * (long)Math.Ceiling(Math.Max(1, (double)source.Height / target.Height));
        long feeding = (long)Math.Ceiling(PieceRows * (double)source.Height / target.Height);
        // The window, the half-way stage of the resizer, and what leaves.
        return (strip + reach + feeding) * source.RowLength + (reach + feeding) * target.Width * source.PixelLength + 2L * PieceRows * target.Width
            * source.PixelLength;
    }

    public void Write(ReadOnlySpan<byte> rows)
    {
        Append(rows);
        int height = _resizer.Destination.Height;
        while (_done < height)
        {
            int count = Math.Min(PieceRows, height - _done), available = _first + _held;
            bool last = available == _resizer.Source.Height;
            if (!last)
            {
                // Whole pieces only, so that the kernel's rows are shared by as many as possible.
                var (from, length) = _resizer.SourceRows(_done, count);
                if (from + length > available) return;
            }
            var piece = _piece.AsSpan(0, count * _resizer.Destination.RowLength);
            _resizer.Resize(_window.AsSpan(0, _held * _resizer.Source.RowLength), _first, _done, piece);
            Keep(piece, count);
            _done += count;
        }
    }

    void Append(ReadOnlySpan<byte> rows)
    {
        int row = _resizer.Source.RowLength;
        int needed = _done < _resizer.Destination.Height ? _resizer.SourceRows(_done, 1).First : _first + _held;
        int drop = Math.Clamp(needed - _first, 0, _held);
        _window.AsSpan(drop * row, (_held - drop) * row).CopyTo(_window);
        _first += drop;
        _held -= drop;
        int length = _held * row + rows.Length;
        if (_window.Length < length) Array.Resize(ref _window, length);
        rows.CopyTo(_window.AsSpan(_held * row));
        _held += rows.Length / row;
    }

    void Keep(ReadOnlySpan<byte> piece, int count)
    {
        int from = Math.Max(_target.Top - _done, 0), to = Math.Min(_target.Top + _target.OutputHeight - _done, count),
            row = _resizer.Destination.RowLength;
        if (from >= to) return;
        if (_target.OutputWidth == _target.Width)
        {
            _next(piece[(from * row)..(to * row)]);
            return;
        }
        int pixel = _resizer.Destination.PixelLength, kept = _target.OutputWidth * pixel;
        for (int y = from; y < to; y++) piece.Slice(y * row + _target.Left * pixel, kept).CopyTo(_kept.AsSpan((y - from) * kept));
        _next(_kept.AsSpan(0, (to - from) * kept));
    }
}
