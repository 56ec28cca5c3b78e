using PgpSr.Imaging;

namespace PgpSr.Managed;

/// <summary>The source at the model's size, enlarged: rows of it on demand, for color fixes. RGB in [0, 1], interleaved.</summary>
sealed class EnlargedReference(Image source, int width, int height, ResizeFilter filter = ResizeFilter.Bicubic)
{
    const int Channels = 3;

    readonly Resizer _resizer = new(source.Info with { Channels = Channels }, width, height, filter);
    float[] _rows = [];

    public int Width => width;

    public int Height => height;

    public void Read(int first, Span<float> destination)
    {
        var (from, count) = _resizer.SourceRows(first, destination.Length / (width * Channels));
        int needed = count * source.Width * Channels;
        if (_rows.Length < needed) _rows = new float[needed];
        PixelConversion.ToInterleaved(source.Rows(from, count), source.Info, PixelRange.ZeroToOne, Channels, _rows.AsSpan(0, needed));
        _resizer.Resize(_rows.AsSpan(0, needed), from, first, destination);
    }
}
