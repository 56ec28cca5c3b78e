using System.Buffers;
using System.Runtime.InteropServices;

namespace PgpSr.Imaging;

/// <summary>
/// Resizes interleaved rows, whole pictures or strips of them: the rows of a strip are the same bytes as those rows of the whole. 8-bit samples are
/// computed as Pillow does, byte for byte: horizontal pass, rounded to 8 bits, vertical pass, rounded. 16-bit samples are computed in float32 and
/// rounded once. All channels are treated alike; for transparent pictures see <see cref="AlphaChannel"/>.
/// </summary>
public sealed class Resizer
{
    readonly ResizeWeights _columns;
    readonly ResizeWeights _rows;

    /// <summary>Plans a resize.</summary>
    /// <param name="source">Size and layout of the rows to come.</param>
    /// <param name="width">Columns of the result.</param>
    /// <param name="height">Rows of the result.</param>
    /// <param name="filter">The kernel.</param>
    public Resizer(ImageInfo source, int width, int height, ResizeFilter filter)
    {
        source.Validate();
        Source = source;
        Destination = source with { Width = width, Height = height };
        Destination.Validate();
        _columns = new ResizeWeights(source.Width, width, filter);
        _rows = new ResizeWeights(source.Height, height, filter);
    }

    /// <summary>Size and layout of the source.</summary>
    public ImageInfo Source { get; }

    /// <summary>Size and layout of the result.</summary>
    public ImageInfo Destination { get; }

    /// <summary>A resized copy of a whole picture. Where it is transparent, color is bled into invisible pixels first, so that edges do not
    /// darken.</summary>
    public static Image Resize(Image source, int width, int height, ResizeFilter filter)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.HasAlpha && !AlphaChannel.IsOpaque(source))
        {
            Image bled = new(source.Info, source.Metadata);
            source.Bytes.CopyTo(bled.Bytes);
            AlphaChannel.BleedEdges(bled);
            source = bled;
        }
        Resizer resizer = new(source.Info, width, height, filter);
        Image result = new(resizer.Destination, source.Metadata.Resized(source.Width, source.Height, width, height));
        resizer.Resize(source.Bytes, 0, 0, result.Bytes);
        return result;
    }

    /// <summary>The source rows that some destination rows are computed from.</summary>
    public (int First, int Count) SourceRows(int firstRow, int rowCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rowCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstRow, Destination.Height - rowCount);
        if (_rows.IsIdentity) return (firstRow, rowCount);
        int last = firstRow + rowCount - 1;
        int first = _rows.First[firstRow];
        return (first, _rows.First[last] + _rows.Count[last] - first);
    }

    /// <summary>Computes destination rows from the source rows they need.</summary>
    /// <param name="sourceRows">Rows of the source from <paramref name="firstSourceRow"/>, at least those of <see cref="SourceRows"/>.</param>
    /// <param name="firstSourceRow">Which row of the source comes first.</param>
    /// <param name="firstRow">Which row of the destination comes first.</param>
    /// <param name="destinationRows">As many rows as shall be computed.</param>
    public void Resize(ReadOnlySpan<byte> sourceRows, int firstSourceRow, int firstRow, Span<byte> destinationRows)
    {
        int rowCount = destinationRows.Length / Destination.RowLength;
        if (rowCount * Destination.RowLength != destinationRows.Length)
            Throw.SpanLength(nameof(destinationRows), (long)rowCount * Destination.RowLength, destinationRows.Length);
        if (rowCount == 0) return;
        (int first, int count) = SourceRows(firstRow, rowCount);
        long from = (long)(first - firstSourceRow) * Source.RowLength, length = (long)count * Source.RowLength;
        if (first < firstSourceRow || from + length > sourceRows.Length) Throw.SpanLength(nameof(sourceRows), from + length, sourceRows.Length);
        sourceRows = sourceRows.Slice((int)from, (int)length);
        if (Source.BitDepth == 16)
            ResizeWords(MemoryMarshal.Cast<byte, ushort>(sourceRows), first, count, firstRow, rowCount,
                MemoryMarshal.Cast<byte, ushort>(destinationRows));
        else
            ResizeBytes(sourceRows, first, count, firstRow, rowCount, destinationRows);
    }

    /// <summary>Computes destination rows from the source rows they need, as floats, neither rounded nor clamped: overshoot of the kernel
    /// stays.</summary>
    /// <param name="sourceRows">Interleaved rows of the source from <paramref name="firstSourceRow"/>, at least those of
    /// <see cref="SourceRows"/>.</param>
    /// <param name="firstSourceRow">Which row of the source comes first.</param>
    /// <param name="firstRow">Which row of the destination comes first.</param>
    /// <param name="destinationRows">As many rows as shall be computed.</param>
    public void Resize(ReadOnlySpan<float> sourceRows, int firstSourceRow, int firstRow, Span<float> destinationRows)
    {
        int sourceRow = Source.Width * Source.Channels, row = Destination.Width * Destination.Channels, rowCount = destinationRows.Length / row;
        if (rowCount * row != destinationRows.Length) Throw.SpanLength(nameof(destinationRows), (long)rowCount * row, destinationRows.Length);
        if (rowCount == 0) return;
        (int first, int count) = SourceRows(firstRow, rowCount);
        long from = (long)(first - firstSourceRow) * sourceRow, length = (long)count * sourceRow;
        if (first < firstSourceRow || from + length > sourceRows.Length) Throw.SpanLength(nameof(sourceRows), from + length, sourceRows.Length);
        // Strips come one after another: a new array for each would keep the collector busy with nothing else.
        float[] narrowed = ArrayPool<float>.Shared.Rent(checked(count * row));
        try
        {
            ResizeSingles.Horizontal(sourceRows.Slice((int)from, (int)length), Source.Channels, _columns, count, narrowed);
            ResizeSingles.Vertical(narrowed, row, first, _rows, firstRow, rowCount, destinationRows);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(narrowed);
        }
    }

    void ResizeBytes(ReadOnlySpan<byte> source, int first, int count, int firstRow, int rowCount, Span<byte> destination)
    {
        if (_rows.IsIdentity && _columns.IsIdentity)
        {
            source.CopyTo(destination);
            return;
        }
        if (_rows.IsIdentity)
        {
            ResizeBytes8.Horizontal(source, Source.Channels, _columns, count, destination);
            return;
        }
        ReadOnlySpan<byte> between = source;
        if (!_columns.IsIdentity)
        {
            byte[] narrowed = GC.AllocateUninitializedArray<byte>(checked(count * Destination.RowLength));
            ResizeBytes8.Horizontal(source, Source.Channels, _columns, count, narrowed);
            between = narrowed;
        }
        ResizeBytes8.Vertical(between, Destination.RowLength, first, _rows, firstRow, rowCount, destination);
    }

    void ResizeWords(ReadOnlySpan<ushort> source, int first, int count, int firstRow, int rowCount, Span<ushort> destination)
    {
        int channels = Source.Channels, width = Destination.Width * channels;
        float[] samples = new float[source.Length];
        for (int i = 0; i < samples.Length; i++) samples[i] = source[i];
        float[] narrowed = new float[checked(count * width)];
        ResizeSingles.Horizontal(samples, channels, _columns, count, narrowed);
        float[] result = new float[checked(rowCount * width)];
        ResizeSingles.Vertical(narrowed, width, first, _rows, firstRow, rowCount, result);
        for (int i = 0; i < result.Length; i++) destination[i] = (ushort)(Math.Clamp(result[i], 0, ushort.MaxValue) + 0.5f);
    }

    /// <summary>
    /// Resizes float samples, interleaved [height, width, channels] or one plane (channels 1), without rounding or clamping: overshoot of the kernel
    /// stays.
    /// </summary>
    public static void Resize(ReadOnlySpan<float> source, int width, int height, int channels, int newWidth, int newHeight, ResizeFilter filter,
        Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(newWidth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(newHeight);
        if (source.Length != (long)width * height * channels) Throw.SpanLength(nameof(source), (long)width * height * channels, source.Length);
        if (destination.Length != (long)newWidth * newHeight * channels)
            Throw.SpanLength(nameof(destination), (long)newWidth * newHeight * channels, destination.Length);
        ResizeWeights columns = new(width, newWidth, filter), rows = new(height, newHeight, filter);
        float[] narrowed = new float[checked(height * newWidth * channels)];
        ResizeSingles.Horizontal(source, channels, columns, height, narrowed);
        ResizeSingles.Vertical(narrowed, newWidth * channels, 0, rows, 0, newHeight, destination);
    }
}
