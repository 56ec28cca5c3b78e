using PgpSr.Imaging;

namespace PgpSr.Managed;

/// <summary>Rows of color to rows with alpha, which is resized on its own from the source's: a model of photographs knows nothing of
/// masks.</summary>
sealed class AlphaRows(Image? alpha, ImageInfo output, TargetSize target, PixelSink next)
{
    // As the enlargement that residuals are added to: little overshoot at the hard edges that masks have.
    const ResizeFilter Filter = ResizeFilter.Bicubic;

    readonly Resizer? _resizer = alpha is null ? null : new Resizer(alpha.Info, target.Width, target.Height, Filter);
    readonly int _sample = output.BitDepth / 8;
    byte[] _joined = [];
    byte[] _alpha = [];
    int _row;

    public void Write(ReadOnlySpan<byte> colors)
    {
        int color = output.PixelLength - _sample, count = colors.Length / (output.Width * color), pixels = count * output.Width;
        if (_joined.Length < count * output.RowLength) _joined = new byte[count * output.RowLength];
        var joined = _joined.AsSpan(0, count * output.RowLength);
        for (int p = 0; p < pixels; p++) colors.Slice(p * color, color).CopyTo(joined[(p * output.PixelLength)..]);
        if (_resizer is null) FillOpaque(joined);
        else FillResized(joined, count, color);
        _row += count;
        next(joined);
    }

    // An opaque picture keeps its channel: what reads the file may rely on it.
    void FillOpaque(Span<byte> joined)
    {
        for (int p = output.PixelLength - _sample; p < joined.Length; p += output.PixelLength) joined.Slice(p, _sample).Fill(byte.MaxValue);
    }

    void FillResized(Span<byte> joined, int count, int color)
    {
        int row = target.Width * _sample;
        if (_alpha.Length < count * row) _alpha = new byte[count * row];
        var (first, needed) = _resizer!.SourceRows(target.Top + _row, count);
        _resizer.Resize(alpha!.Rows(first, needed), first, target.Top + _row, _alpha.AsSpan(0, count * row));
        for (int y = 0; y < count; y++)
        {
            var from = _alpha.AsSpan(y * row + target.Left * _sample, output.Width * _sample);
            var to = joined.Slice(y * output.RowLength, output.RowLength);
            for (int x = 0; x < output.Width; x++) from.Slice(x * _sample, _sample).CopyTo(to[(x * output.PixelLength + color)..]);
        }
    }
}
