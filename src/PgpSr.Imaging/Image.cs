using System.Runtime.InteropServices;

namespace PgpSr.Imaging;

/// <summary>
/// A picture in memory: interleaved rows of 8 or 16 bit samples, gray or RGB, with or without straight alpha, and the metadata that travels with it.
/// 16-bit samples are in the machine's byte order. Pictures over 2 GiB go through <see cref="ImageReader"/> and <see cref="ImageWriter"/> row by row
/// instead.
/// </summary>
public sealed class Image
{
    // Encoded between two looks at a token: some milliseconds of work.
    const int PieceLength = 1 << 20;

    readonly byte[] _pixels;

    /// <summary>Creates a picture with all samples zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size, channel count or depth that an image cannot have, or more than 2 GiB of
    /// pixels.</exception>
    public Image(int width, int height, int channels, int bitDepth = 8, ImageMetadata? metadata = null)
        : this(new ImageInfo(width, height, channels, bitDepth), metadata)
    {
    }

    /// <summary>Creates a picture with all samples zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size, channel count or depth that an image cannot have, or more than 2 GiB of
    /// pixels.</exception>
    public Image(ImageInfo info, ImageMetadata? metadata = null)
    {
        info.Validate();
        if (info.Length > Array.MaxLength)
            throw new ArgumentOutOfRangeException(nameof(info), info.Length, "pictures over 2 GiB must be streamed with ImageReader and ImageWriter");
        Info = info;
        Metadata = metadata ?? new ImageMetadata();
        _pixels = new byte[info.Length];
    }

    /// <summary>Size and layout.</summary>
    public ImageInfo Info { get; }

    /// <summary>Columns.</summary>
    public int Width => Info.Width;

    /// <summary>Rows.</summary>
    public int Height => Info.Height;

    /// <summary>1 gray, 2 gray + alpha, 3 RGB, 4 RGB + alpha.</summary>
    public int Channels => Info.Channels;

    /// <summary>Bits per sample, 8 or 16.</summary>
    public int BitDepth => Info.BitDepth;

    /// <summary>Whether the last channel is alpha.</summary>
    public bool HasAlpha => Info.HasAlpha;

    /// <summary>ICC, EXIF, XMP, resolution and texts.</summary>
    public ImageMetadata Metadata { get; set; }

    /// <summary>All bytes, row after row without padding.</summary>
    public Memory<byte> Memory => _pixels;

    /// <summary>All bytes, row after row without padding.</summary>
    public Span<byte> Bytes => _pixels;

    /// <summary>All 16-bit samples, row after row.</summary>
    /// <exception cref="InvalidOperationException">The picture has 8 bits.</exception>
    public Span<ushort> Words => BitDepth == 16
        ? MemoryMarshal.Cast<byte, ushort>(_pixels.AsSpan())
        : throw new InvalidOperationException("the picture has 8 bits per sample; use Bytes");

    /// <summary>The bytes of one row.</summary>
    public Span<byte> Row(int row) => Rows(row, 1);

    /// <summary>The bytes of consecutive rows.</summary>
    public Span<byte> Rows(int row, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(row, Height - count);
        return _pixels.AsSpan(row * Info.RowLength, count * Info.RowLength);
    }

    /// <summary>Reads a whole picture; EXIF orientation is applied.</summary>
    /// <exception cref="ImageException">The file is missing, unreadable, damaged, of an unknown format, or over the limits.</exception>
    public static Image Load(string path, ImageLimits? limits = null)
    {
        using ImageReader reader = ImageReader.Open(path, limits);
        return reader.ReadToEnd();
    }

    /// <summary>Reads a whole picture from a stream, which stays open; EXIF orientation is applied.</summary>
    /// <param name="stream">Readable; buffered first if it cannot seek.</param>
    /// <param name="limits">Limits for the file.</param>
    /// <param name="name">Name of the stream in messages.</param>
    /// <exception cref="ImageException">The stream is damaged, of an unknown format, or over the limits.</exception>
    public static Image Load(Stream stream, ImageLimits? limits = null, string name = "stream")
    {
        using ImageReader reader = ImageReader.Open(stream, limits, name);
        return reader.ReadToEnd();
    }

    /// <summary>Writes the picture beside the path and renames it into place, so that the path never holds half a file.</summary>
    /// <exception cref="ImageException">The path cannot be written, or the format cannot hold the picture.</exception>
    public void Save(string path, ImageSaveOptions? options = null)
    {
        using ImageWriter writer = ImageWriter.Create(path, Info, Metadata, options);
        writer.WriteRows(_pixels);
        writer.Complete();
    }

    /// <summary>Writes the picture to a stream, which stays open. The options must name a format.</summary>
    /// <exception cref="ImageException">The stream cannot be written, or the format cannot hold the picture.</exception>
    public void Save(Stream stream, ImageSaveOptions options)
    {
        using ImageWriter writer = ImageWriter.Create(stream, Info, Metadata, options);
        writer.WriteRows(_pixels);
        writer.Complete();
    }

    /// <summary>Reads a whole picture on the thread pool; EXIF orientation is applied.</summary>
    /// <exception cref="ImageException">The file is missing, unreadable, damaged, of an unknown format, or over the limits.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Task<Image> LoadAsync(string path, ImageLimits? limits = null, CancellationToken cancellation = default) => Task.Run(() =>
    {
        using ImageReader reader = ImageReader.Open(path, limits, cancellation);
        return reader.ReadToEnd();
    }, cancellation);

    /// <summary>
    /// Reads a whole picture from a stream, with asynchronous reads only; the stream stays open. Its content is buffered in memory, at most
    /// <see cref="ImageLimits.MaxBufferedStreamBytes"/>, and decoded on the thread pool; EXIF orientation is applied.
    /// </summary>
    /// <param name="stream">Readable.</param>
    /// <param name="limits">Limits for the file.</param>
    /// <param name="name">Name of the stream in messages.</param>
    /// <param name="cancellation">Stops reading and decoding.</param>
    /// <exception cref="ImageException">The stream cannot be read (the inner exception is what it threw), is damaged, of an unknown format, or over
    /// the limits.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<Image> LoadAsync(Stream stream, ImageLimits? limits = null, string name = "stream",
        CancellationToken cancellation = default)
    {
        using ImageReader reader = await ImageReader.OpenAsync(stream, limits, name, cancellation).ConfigureAwait(false);
        return await Task.Run(reader.ReadToEnd, cancellation).ConfigureAwait(false);
    }

    /// <summary>Writes the picture beside the path, on the thread pool, and renames it into place.</summary>
    /// <param name="path">Its extension determines the format unless the options do.</param>
    /// <param name="options">Format, depth and quality.</param>
    /// <param name="cancellation">Checked between pieces of the picture; the path then keeps its old content.</param>
    /// <exception cref="ImageException">The path cannot be written, or the format cannot hold the picture.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task SaveAsync(string path, ImageSaveOptions? options = null, CancellationToken cancellation = default) => Task.Run(async () =>
    {
        using ImageWriter writer = ImageWriter.Create(path, Info, Metadata, options);
        await WriteAsync(writer, cancellation).ConfigureAwait(false);
    }, cancellation);

    /// <summary>Encodes the picture on the thread pool and writes it to a stream, with asynchronous writes only; the stream stays open.</summary>
    /// <param name="stream">Writable.</param>
    /// <param name="options">Depth and quality; they must name a format.</param>
    /// <param name="cancellation">Checked between pieces of the picture; the stream then has part of a file.</param>
    /// <exception cref="ImageException">The stream cannot be written (the inner exception is what it threw), or the format cannot hold the picture.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task SaveAsync(Stream stream, ImageSaveOptions options, CancellationToken cancellation = default)
    {
        using ImageWriter writer = ImageWriter.CreateAsynchronous(stream, Info, Metadata, options);
        await WriteAsync(writer, cancellation).ConfigureAwait(false);
    }

    async Task WriteAsync(ImageWriter writer, CancellationToken cancellation)
    {
        int rows = Math.Max(1, PieceLength / Info.RowLength);
        for (int row = 0; row < Height; row += rows)
        {
            int count = Math.Min(rows, Height - row);
            await writer.WriteRowsAsync(Memory.Slice(row * Info.RowLength, count * Info.RowLength), cancellation).ConfigureAwait(false);
        }
        await writer.CompleteAsync(cancellation).ConfigureAwait(false);
    }
}
