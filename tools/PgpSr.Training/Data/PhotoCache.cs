using PgpSr.Imaging;
using PgpSr.Safetensors;

namespace PgpSr.Training;

/// <summary>
/// Photographs decoded once: U8 tensors [H, W, 3] in one safetensors file, named by their paths. Large ones are reduced (antialiased bicubic) to
/// <see cref="LongSide"/>: at their full size most are softer than what a restoration should produce.
/// </summary>
static class PhotoCache
{
    /// <summary>Pixels of the longer side, at most. A 5-megapixel sensor's picture at this size has detail down to the last pixel.</summary>
    public const int LongSide = 2048;

    // Sides are multiples of it, so that x2, x4 and x8 pairs need no rounding.
    const int Multiple = 8;

    /// <summary>Decodes every photograph of the list into the file.</summary>
    public static void Build(PhotoList list, string pictures, string path, TextWriter log)
    {
        var writer = new SafetensorsWriter();
        writer.Metadata["photos.sha256"] = list.Hash;
        foreach (var photo in list.Photos)
        {
            var image = Decode(Path.Combine(pictures, photo.Path));
            writer.Add(photo.Path, SafetensorsDType.UInt8, [image.Height, image.Width, PairSource.Channels], image.Memory);
            log.WriteLine($"{photo.Split,-10} {image.Width}x{image.Height}  {photo.Path}");
        }
        writer.Write(path);
    }

    /// <summary>The photographs of a split.</summary>
    public static IReadOnlyList<(string Name, Image Image)> Load(PhotoList list, string path, string split)
    {
        using var file = SafetensorsFile.Open(path);
        if (!file.Metadata.TryGetValue("photos.sha256", out string? hash) || hash != list.Hash)
            throw new InvalidDataException($"{path} was made from another list of photographs: make it again with the cache command");
        var photos = new List<(string, Image)>();
        foreach (var photo in list.Of(split))
        {
            var entry = file[photo.Path];
            var image = new Image((int)entry.Shape[1], (int)entry.Shape[0], PairSource.Channels);
            file.Read(entry, 0, image.Bytes);
            photos.Add((photo.Path, image));
        }
        return photos;
    }

    public static Image Decode(string path, int longSide = LongSide)
    {
        using var reader = ImageReader.Open(path);
        var image = Rgb(reader.ReadToEnd());
        double factor = Math.Min(1, (double)longSide / Math.Max(image.Width, image.Height));
        int width = (int)Math.Round(image.Width * factor), height = (int)Math.Round(image.Height * factor);
        if (factor < 1) image = Resizer.Resize(image, width, height, ResizeFilter.Bicubic);
        return Crop(image, 0, 0, width / Multiple * Multiple, height / Multiple * Multiple);
    }

    /// <summary>A part of a picture.</summary>
    public static Image Crop(Image source, int left, int top, int width, int height)
    {
        var part = new Image(width, height, source.Channels);
        int row = width * source.Channels;
        for (int y = 0; y < height; y++) source.Bytes.Slice(((top + y) * source.Width + left) * source.Channels, row).CopyTo(part.Bytes.Slice(y * row, row));
        return part;
    }

    static Image Rgb(Image image)
    {
        if (image.Channels == PairSource.Channels && image.BitDepth == 8) return image;
        var samples = new float[image.Width * image.Height * PairSource.Channels];
        PixelConversion.ToInterleaved(image.Bytes, image.Info, PixelRange.ZeroToOne, PairSource.Channels, samples);
        var rgb = new Image(image.Width, image.Height, PairSource.Channels);
        PixelConversion.FromInterleaved(samples, PairSource.Channels, PixelRange.ZeroToOne, PixelRounding.Nearest, rgb.Info, rgb.Bytes);
        return rgb;
    }
}
