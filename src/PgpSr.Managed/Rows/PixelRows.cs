using PgpSr.Imaging;

namespace PgpSr.Managed;

/// <summary>Takes the next rows of a result as pixels; any number of whole rows.</summary>
delegate void PixelSink(ReadOnlySpan<byte> rows);

/// <summary>Float rows to pixels of 8 or 16 bit, gray or RGB. A gray picture is the luma of what the model makes of it.</summary>
sealed class PixelRows(ImageInfo info, PixelRounding rounding, PixelSink next)
{
    const int Channels = 3;

    // ITU-R BT.601, as everywhere where gray is made of RGB here. They sum to 1, so that equal channels stay what they are.
    const float Red = 0.299f, Green = 0.587f, Blue = 0.114f;

    float[] _gray = [];
    byte[] _pixels = [];

    public void Write(ReadOnlySpan<float> rows)
    {
        int pixels = rows.Length / Channels, length = pixels / info.Width * info.RowLength;
        if (_pixels.Length < length) _pixels = new byte[length];
        if (info.Channels == 1) rows = Gray(rows, pixels);
        PixelConversion.FromInterleaved(rows, info.Channels, PixelRange.MinusOneToOne, rounding, info, _pixels.AsSpan(0, length));
        next(_pixels.AsSpan(0, length));
    }

    ReadOnlySpan<float> Gray(ReadOnlySpan<float> rows, int pixels)
    {
        if (_gray.Length < pixels) _gray = new float[pixels];
        for (int i = 0; i < pixels; i++) _gray[i] = Red * rows[3 * i] + Green * rows[3 * i + 1] + Blue * rows[3 * i + 2];
        return _gray.AsSpan(0, pixels);
    }
}
