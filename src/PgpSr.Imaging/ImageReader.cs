using PgpSr.Imaging.Codecs;

namespace PgpSr.Imaging;

/// <summary>
/// Reads a picture row by row. PNG (not interlaced), JPEG and TIFF stream, so that a picture larger than memory can be processed in strips; the
/// other formats, and pictures whose EXIF orientation moves rows, are decoded whole on the first read.
/// </summary>
public sealed class ImageReader : IDisposable
{
    // Decoded between two looks at the token: some milliseconds of work.
    const int PieceLength = 1 << 19;

    readonly WatchedStream _watched;
    readonly Stream _stream;
    readonly bool _ownsStream;
    readonly RowDecoder _decoder;
    readonly ImageOrientation _orientation;
    readonly CancellationToken _cancellation;
    Image? _oriented;
    bool _disposed;

    ImageReader(string name, WatchedStream watched, Stream stream, bool ownsStream, RowDecoder decoder, CancellationToken cancellation)
    {
        Name = name;
        _watched = watched;
        _stream = stream;
        _ownsStream = ownsStream;
        _decoder = decoder;
        _cancellation = cancellation;
        _orientation = decoder.Orientation;
        Info = Orienting.Apply(decoder.Info, _orientation);
        Metadata.Resolution ??= Metadata.Exif is { } exif ? ExifResolution.Read(exif) : null;
        Metadata.Resolution ??= Metadata.PhotoshopResources is { } blocks ? PhotoshopBlocks.ReadResolution(blocks) : null;
        if (_orientation != ImageOrientation.TopLeft) MetadataChange.Turn(Metadata, _orientation, decoder.Info.Width, decoder.Info.Height);
    }

    /// <summary>The path, or the name given to the stream.</summary>
    public string Name { get; }

    /// <summary>The format found.</summary>
    public ImageFormat Format => _decoder.Format;

    /// <summary>Size and layout of the rows, after orientation.</summary>
    public ImageInfo Info { get; }

    /// <summary>ICC, EXIF, XMP, resolution and texts.</summary>
    public ImageMetadata Metadata => _decoder.Metadata;

    /// <summary>The first row not yet read.</summary>
    public int NextRow { get; private set; }

    /// <summary>Whether rows are decoded on demand, instead of the whole picture at once.</summary>
    public bool Streams => _decoder.Streams && _orientation is ImageOrientation.TopLeft or ImageOrientation.TopRight;

    /// <summary>Opens a file and reads its header.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">Limits for the file.</param>
    /// <param name="cancellation">Stops decoding in this and later calls within milliseconds.</param>
    /// <exception cref="ImageException">The file is missing, unreadable, damaged, of an unknown format, or over the limits.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static ImageReader Open(string path, ImageLimits? limits = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileStream stream;
        try
        {
            stream = OpenFile(path, cancellation);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ImageException(path, null, "the file does not exist", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new ImageException(path, null, $"the file cannot be opened: {e.Message}", e);
        }
        try
        {
            return Open(stream, ownsStream: true, limits ?? ImageLimits.Default, path, cancellation);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    // A FIFO keeps whoever opens it until somebody writes into it: the one who waits here must be able to leave.
    static FileStream OpenFile(string path, CancellationToken cancellation)
    {
        if (!cancellation.CanBeCanceled || OperatingSystem.IsWindows()) return Open();
        Task<FileStream> opening = Task.Run(Open, CancellationToken.None);
        try
        {
            return opening.WaitAsync(cancellation).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            opening.ContinueWith(static late => late.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion,
                TaskScheduler.Default);
            throw;
        }

        FileStream Open() => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
    }

    /// <summary>Opens a stream, which stays open, and reads the header at its position.</summary>
    /// <param name="stream">Readable; buffered first if it cannot seek.</param>
    /// <param name="limits">Limits for the file.</param>
    /// <param name="name">Name of the stream in messages.</param>
    /// <param name="cancellation">Stops decoding in this and later calls.</param>
    /// <exception cref="ImageException">The stream cannot be read, is damaged, of an unknown format, or over the limits.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static ImageReader Open(Stream stream, ImageLimits? limits = null, string name = "stream", CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return Open(stream, ownsStream: false, limits ?? ImageLimits.Default, name, cancellation);
    }

    /// <summary>
    /// Opens a stream that is read asynchronously only, such as the request body of a web server. Decoders read synchronously, so what the
    /// stream holds from its position to its end, compressed as it is, is gathered in memory first, at most
    /// <see cref="ImageLimits.MaxBufferedStreamBytes"/>; later calls touch memory alone. The stream stays open.
    /// </summary>
    /// <param name="stream">Readable; only its <c>ReadAsync</c> is called.</param>
    /// <param name="limits">Limits for the file.</param>
    /// <param name="name">Name of the stream in messages.</param>
    /// <param name="cancellation">Stops reading, and decoding here and in later calls.</param>
    /// <exception cref="ImageException">The stream cannot be read (the inner exception is what it threw), is damaged, of an unknown format, or over
    /// the limits.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<ImageReader> OpenAsync(Stream stream, ImageLimits? limits = null, string name = "stream",
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        limits ??= ImageLimits.Default;
        MemoryStream file;
        try
        {
            file = await FormatDetection.BufferAsync(stream, limits, cancellation).ConfigureAwait(false);
        }
        catch (CodecException e)
        {
            throw new ImageException(name, null, e.Message, e);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A connection that its owner closed is not worth another word.
            cancellation.ThrowIfCancellationRequested();
            throw new ImageException(name, null, $"it cannot be read: {e.Message}", e);
        }
        return Open(file, ownsStream: true, limits, name, cancellation);
    }

    static ImageReader Open(Stream stream, bool ownsStream, ImageLimits limits, string name, CancellationToken cancellation)
    {
        ImageFormat? format = null;
        WatchedStream watched = new(stream, cancellation);
        try
        {
            stream = watched;
            if (!stream.CanSeek)
            {
                stream = FormatDetection.Buffer(stream, limits, cancellation);
                if (ownsStream) watched.Dispose();
                ownsStream = true;
            }
            format = FormatDetection.Detect(stream);
            RowDecoder decoder = RowDecoder.Create(format.Value, stream, limits);
            return new(name, watched, stream, ownsStream, decoder, cancellation);
        }
        catch (Exception e) when (Translate(e, name, format, watched, cancellation) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>Reads the next rows, as many as the span holds (a multiple of <see cref="ImageInfo.RowLength"/>).</summary>
    /// <exception cref="ImageException">The file is damaged.</exception>
    public void ReadRows(Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        int rowLength = Info.RowLength;
        int count = destination.Length / rowLength;
        if (count * rowLength != destination.Length) Throw.SpanLength(nameof(destination), (long)count * rowLength, destination.Length);
        if (count > Info.Height - NextRow)
            throw new ArgumentOutOfRangeException(nameof(destination), count, $"only {Info.Height - NextRow} rows are left");
        try
        {
            if (Streams)
            {
                Decode(destination);
                if (_orientation == ImageOrientation.TopRight) Orienting.MirrorRows(destination, _decoder.Info);
            }
            else
            {
                (_oriented ??= DecodeWhole()).Rows(NextRow, count).CopyTo(destination);
            }
        }
        catch (Exception e) when (Translate(e, Name, Format, _watched, _cancellation) is { } translated)
        {
            throw translated;
        }
        NextRow += count;
    }

    /// <summary>Reads everything, from row 0.</summary>
    /// <exception cref="ImageException">The file is damaged, or the picture exceeds 2 GiB.</exception>
    public Image ReadToEnd()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (NextRow != 0) throw new InvalidOperationException("rows were read already");
        try
        {
            if (!Streams)
            {
                NextRow = Info.Height;
                return _oriented = DecodeWhole();
            }
            Image image = Allocate(Info);
            ReadRows(image.Bytes);
            return image;
        }
        catch (Exception e) when (Translate(e, Name, Format, _watched, _cancellation) is { } translated)
        {
            throw translated;
        }
    }

    void Decode(Span<byte> destination)
    {
        int rowLength = _decoder.Info.RowLength, pieceLength = Math.Max(1, PieceLength / rowLength) * rowLength;
        if (!_decoder.Streams) pieceLength = destination.Length;
        for (; !destination.IsEmpty; destination = destination[Math.Min(pieceLength, destination.Length)..])
        {
            _cancellation.ThrowIfCancellationRequested();
            Span<byte> piece = destination[..Math.Min(pieceLength, destination.Length)];
            _decoder.ReadRows(piece, piece.Length / rowLength);
        }
    }

    Image DecodeWhole()
    {
        Image image = Allocate(_decoder.Info);
        Decode(image.Bytes);
        return Orienting.Apply(image, _orientation, _cancellation);
    }

    Image Allocate(ImageInfo info)
    {
        if (info.Length > Array.MaxLength)
            Throw.Codec($"{info.Width}x{info.Height} pixels take {info.Length} bytes, over 2 GiB; read it row by row with ImageReader");
        return new(info, Metadata);
    }

    // Decoders of others throw whatever they meet on damaged input (index out of range, null reference, overflow): all of it means a damaged file.
    static Exception? Translate(Exception e, string name, ImageFormat? format, WatchedStream watched, CancellationToken cancellation) => e switch
    {
        OperationCanceledException => null,
        // A decoder may take the interruption for damage and say so in its own way.
        _ when cancellation.IsCancellationRequested => new OperationCanceledException(cancellation),
        ImageException or ArgumentOutOfRangeException { ParamName: "destination" } => null,
        // What the stream itself threw, whatever a decoder made of it.
        _ when watched.Fault is { } fault => new ImageException(name, format, $"it cannot be read: {fault.Message}{Way(fault)}", fault),
        CodecException => new ImageException(name, format, e.Message, e.InnerException),
        OutOfMemoryException => new ImageException(name, format, "not enough memory to decode it", e),
        UnauthorizedAccessException => new ImageException(name, format, e.Message, e),
        EndOfStreamException => new ImageException(name, format, "the file ends too early; it is truncated", e),
        InvalidDataException => new ImageException(name, format, $"the file is damaged ({e.Message})", e),
        IOException => new ImageException(name, format, $"it cannot be read: {e.Message}", e),
        // What a library says of its own mistakes helps nobody.
        _ => new ImageException(name, format, "the file is damaged, or encoded in an unsupported way", e),
    };

    static string Way(Exception fault) => WatchedStream.Forbids(fault) ? " (for streams without synchronous reads, use OpenAsync or LoadAsync)" : "";

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _decoder.Dispose();
        if (_ownsStream) _stream.Dispose();
    }
}
