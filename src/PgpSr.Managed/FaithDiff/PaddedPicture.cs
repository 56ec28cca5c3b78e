using PgpSr.Imaging;

namespace PgpSr.Managed;

/// <summary>A picture whose last column and row go on until its sides are multiples of a factor (method 3.2, step 2), without a copy of it.</summary>
sealed class PaddedPicture
{
    readonly Image _picture;

    /// <param name="picture">Gray or RGB; alpha is not looked at.</param>
    /// <param name="factor">Pixels per latent position.</param>
    public PaddedPicture(Image picture, int factor)
    {
        _picture = picture;
        Width = RoundUp(picture.Width, factor);
        Height = RoundUp(picture.Height, factor);
    }

    public int Width { get; }

    public int Height { get; }

    public static int RoundUp(int length, int factor) => checked((length + factor - 1) / factor * factor);

    /// <summary>Pixels of a tile as networks take them: RGB in [-1, 1], interleaved; and whether they show anything.</summary>
    public bool Read(Tile tile, Span<float> destination)
    {
        const int channels = 3;
        int inside = Math.Clamp(_picture.Width - tile.X, 1, tile.Width);
        int first = Math.Min(tile.X, _picture.Width - 1), rowLength = tile.Width * channels;
        var info = _picture.Info with { Width = inside, Height = 1 };
        for (int y = 0; y < tile.Height; y++)
        {
            var row = destination.Slice(y * rowLength, rowLength);
            var source = _picture.Row(Math.Min(tile.Y + y, _picture.Height - 1)).Slice(first * info.PixelLength, info.RowLength);
            PixelConversion.ToInterleaved(source, info, PixelRange.MinusOneToOne, channels, row[..(inside * channels)]);
            var last = row.Slice((inside - 1) * channels, channels);
            for (int x = inside * channels; x < rowLength; x += channels) last.CopyTo(row[x..]);
        }
        return OutputWatch.Varies(destination, channels);
    }

    /// <summary>Whether all pixels of a tile are alike.</summary>
    public bool IsConstant(Tile tile)
    {
        int first = Math.Min(tile.X, _picture.Width - 1), last = Math.Min(tile.X + tile.Width, _picture.Width), length = _picture.Info.PixelLength;
        int top = Math.Min(tile.Y, _picture.Height - 1), bottom = Math.Min(tile.Y + tile.Height, _picture.Height);
        var pixel = _picture.Row(top).Slice(first * length, length);
        for (int y = top; y < bottom; y++)
        {
            var row = _picture.Row(y)[(first * length)..(last * length)];
            for (int i = 0; i < row.Length; i += length)
                if (!row.Slice(i, length).SequenceEqual(pixel)) return false;
        }
        return true;
    }
}
