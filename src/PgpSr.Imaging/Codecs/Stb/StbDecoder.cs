using System.Buffers.Binary;
using StbImageSharp;

namespace PgpSr.Imaging.Codecs.Stb;

/// <summary>BMP, TGA and the first frame of GIF by StbImageSharp. The size is checked from the header first, for the library allocates what it
/// says.</summary>
sealed class StbDecoder : RowDecoder
{
    const int HeaderLength = 26;

    readonly byte[] _pixels;
    int _rowsRead;

    public StbDecoder(ImageFormat format, Stream stream, ImageLimits limits)
    {
        Format = format;
        long length = stream.Length - stream.Position;
        if (length > limits.MaxBufferedStreamBytes)
            Throw.Codec($"the file has {length} bytes, more than ImageLimits.MaxBufferedStreamBytes");
        byte[] file = new byte[length];
        stream.ReadExactly(file);
        if (file.Length < HeaderLength)
            Throw.Truncated("the header");
        (long width, long height) = ReadSize(format, file);
        limits.CheckSize(width, height);

        using ExactStream source = new(file);
        ImageResult result = ImageResult.FromStream(source, ColorComponents.Default);
        if (source.ReadPastEnd)
            Throw.Truncated("the pixels");
        int channels = (int)result.SourceComp;
        if (result.Width <= 0 || result.Height <= 0 || result.Data is null || result.Data.LongLength < (long)result.Width * result.Height * channels)
            Throw.Codec("the file is damaged");
        _pixels = result.Data;
        Info = new(result.Width, result.Height, channels, 8);
        if (format == ImageFormat.Gif && GifFrames.AreSeveral(file))
            Metadata.Warnings.Add(ImageMetadata.OnlyFirst);
        if (Info.HasAlpha && IsOpaque(_pixels, channels))
            (_pixels, Info) = DropAlpha(_pixels, Info);
    }

    public override ImageFormat Format { get; }

    public override bool Streams => false;

    static (long Width, long Height) ReadSize(ImageFormat format, ReadOnlySpan<byte> file) => format switch
    {
        ImageFormat.Gif => (Word(file, 6), Word(file, 8)),
        ImageFormat.Tga => (Word(file, 12), Word(file, 14)),
        // OS/2's header of 12 bytes has 16-bit sides, all later ones 32-bit sides, negative for top-down rows.
        _ when BinaryPrimitives.ReadInt32LittleEndian(file[14..]) == 12 => (Word(file, 18), Word(file, 20)),
        _ => (BinaryPrimitives.ReadInt32LittleEndian(file[18..]), Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(file[22..]))),
    };

    static int Word(ReadOnlySpan<byte> file, int at) => BinaryPrimitives.ReadUInt16LittleEndian(file[at..]);

    static bool IsOpaque(ReadOnlySpan<byte> pixels, int channels)
    {
        for (int i = channels - 1; i < pixels.Length; i += channels)
            if (pixels[i] != byte.MaxValue)
                return false;
        return true;
    }

    static (byte[] Pixels, ImageInfo Info) DropAlpha(byte[] pixels, ImageInfo info)
    {
        int colours = info.ColourChannels;
        byte[] packed = new byte[pixels.Length / info.Channels * colours];
        for (int from = 0, to = 0; to < packed.Length; from += info.Channels, to += colours)
            pixels.AsSpan(from, colours).CopyTo(packed.AsSpan(to));
        return (packed, info with { Channels = colours });
    }

    public override void ReadRows(Span<byte> destination, int rowCount)
    {
        _pixels.AsSpan(_rowsRead * Info.RowLength, rowCount * Info.RowLength).CopyTo(destination);
        _rowsRead += rowCount;
    }
}
