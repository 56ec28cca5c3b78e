using PgpSr.Imaging.Codecs;

namespace PgpSr.Imaging;

/// <summary>
/// Writes a picture row by row. A path is written as a temporary file that <see cref="Complete"/> renames: until then, and after any failure, the
/// path keeps its old content.
/// </summary>
public sealed class ImageWriter : IDisposable
{
    // Names have 255 bytes at most on every common file system, a character up to three of them; 17 are added.
    const int KeptNameLength = 75;

    readonly string _name;
    readonly ImageFormat _format;
    readonly ImageInfo _layout;
    readonly RowConversion? _conversion;
    readonly byte[] _converted;
    readonly RowEncoder _encoder;
    readonly WatchedStream _stream;
    readonly string? _temporaryPath;
    readonly AsynchronousOutput? _output;
    readonly bool _showsTransparency;
    bool _completed, _disposed;

    ImageWriter(string name, string? temporaryPath, ImageFormat format, Stream stream, ImageInfo info, ImageMetadata metadata,
        ImageSaveOptions options)
    {
        _name = name;
        _temporaryPath = temporaryPath;
        _format = format;
        _stream = new WatchedStream(stream);
        _output = stream as AsynchronousOutput;
        Info = info;
        _layout = RowEncoder.Layout(format, info, options);
        _layout.Validate();
        _showsTransparency = _layout.HasAlpha || options.Background is not null;
        _conversion = _layout == info ? null : new RowConversion(info, _layout, options.Background);
        _converted = _conversion is null ? [] : new byte[_layout.RowLength];
        ImageMetadata outgoing = options.WriteMetadata ? OutgoingMetadata.For(metadata, _layout) : metadata.WithoutMetadata();
        try
        {
            _encoder = RowEncoder.Create(format, _stream, _layout, outgoing, options);
        }
        catch (Exception e) when (Translate(e, name, format, _stream.Fault) is { } translated)
        {
            throw translated;
        }
        OutgoingMetadata.Warn(outgoing, metadata);
    }

    /// <summary>Size and layout of the rows to write.</summary>
    public ImageInfo Info { get; }

    /// <summary>The first row not yet written.</summary>
    public int NextRow { get; private set; }

    /// <summary>Begins a file.</summary>
    /// <param name="path">Path of the finished file; its extension determines the format unless the options do.</param>
    /// <param name="info">Size and layout of the rows to come.</param>
    /// <param name="metadata">What is written with them; null for nothing.</param>
    /// <param name="options">Format, depth and quality.</param>
    /// <exception cref="ImageException">The folder cannot be written, or the format cannot hold such a picture.</exception>
    public static ImageWriter Create(string path, ImageInfo info, ImageMetadata? metadata = null, ImageSaveOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options = Check(info, options);
        ImageFormat? format = options.Format;
        string temporaryPath = Beside(path);
        Stream? stream = null;
        try
        {
            format ??= ImageFormats.ForWriting(path);
            stream = new FileStream(temporaryPath, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16);
            return new(path, temporaryPath, format.Value, stream, info, metadata ?? new ImageMetadata(), options);
        }
        catch (Exception e)
        {
            if (stream is not null)
            {
                stream.Dispose();
                Delete(temporaryPath);
            }
            if (Translate(e, path, format, null) is { } translated) throw translated;
            throw;
        }
    }

    /// <summary>Begins a file in a stream, which stays open. The options must name a format; TIFF needs a stream that can seek.</summary>
    /// <exception cref="ImageException">The stream cannot be written, or the format cannot hold such a picture.</exception>
    public static ImageWriter Create(Stream stream, ImageInfo info, ImageMetadata? metadata, ImageSaveOptions options)
    {
        ArgumentNullException.ThrowIfNull(stream);
        options = Check(info, options);
        ImageFormat format = options.Format ?? throw new ArgumentException("a stream has no extension: set ImageSaveOptions.Format", nameof(options));
        try
        {
            return new("stream", null, format, stream, info, metadata ?? new ImageMetadata(), options);
        }
        catch (Exception e) when (Translate(e, "stream", format, null) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>
    /// Begins a file in a stream that is written asynchronously only, such as the response body of a web server; it stays open. Encoders write into
    /// memory, and <see cref="WriteRowsAsync"/> and <see cref="CompleteAsync"/> send it on: PNG and JPEG as it comes, WebP and TIFF at the end.
    /// </summary>
    /// <param name="stream">Writable; only its <c>WriteAsync</c> and <c>FlushAsync</c> are called.</param>
    /// <param name="info">Size and layout of the rows to come.</param>
    /// <param name="metadata">What is written with them; null for nothing.</param>
    /// <param name="options">Depth and quality; they must name a format.</param>
    /// <exception cref="ImageException">The format cannot hold such a picture.</exception>
    public static ImageWriter CreateAsynchronous(Stream stream, ImageInfo info, ImageMetadata? metadata, ImageSaveOptions options)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return Create(new AsynchronousOutput(stream, canSeek: options?.Format == ImageFormat.Tiff), info, metadata, options!);
    }

    // The name of the result, as far as file systems have room for more than it.
    static string Beside(string path)
    {
        ReadOnlySpan<char> name = Path.GetFileName(path.AsSpan());
        int kept = Math.Min(name.Length, KeptNameLength);
        if (kept < name.Length && char.IsHighSurrogate(name[kept - 1])) kept--;
        return Path.Join(Path.GetDirectoryName(path), $"{name[..kept]}.{Guid.NewGuid().ToString("N")[..8]}.partial");
    }

    static ImageSaveOptions Check(ImageInfo info, ImageSaveOptions? options)
    {
        options ??= ImageSaveOptions.Default;
        info.Validate();
        if (options.JpegQuality is < 1 or > 100)
            throw new ArgumentOutOfRangeException(nameof(options), options.JpegQuality, "JpegQuality is 1 to 100");
        if (options.BitDepth is not (null or 8 or 16))
            throw new ArgumentOutOfRangeException(nameof(options), options.BitDepth, "BitDepth is 8 or 16");
        return options;
    }

    /// <summary>
    /// Refuses a format without alpha and without a background at once, where rows with transparent pixels are known to come: <see cref="WriteRows"/>
    /// refuses them when
    /// it meets the first, after all the work that led to it.
    /// </summary>
    /// <exception cref="ImageException">The format cannot hold transparent pixels.</exception>
    public void ExpectTransparency()
    {
        if (!_showsTransparency) throw new ImageException(_name, _format, RowConversion.NoAlpha);
    }

    /// <summary>Writes the next rows, as many as the span holds (a multiple of <see cref="ImageInfo.RowLength"/>).</summary>
    /// <exception cref="ImageException">The disk is full or the format cannot hold the rows.</exception>
    public void WriteRows(ReadOnlySpan<byte> rows)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        int rowLength = Info.RowLength;
        int count = rows.Length / rowLength;
        if (count * rowLength != rows.Length) Throw.SpanLength(nameof(rows), (long)count * rowLength, rows.Length);
        if (count > Info.Height - NextRow) throw new ArgumentOutOfRangeException(nameof(rows), count, $"only {Info.Height - NextRow} rows are left");
        try
        {
            if (_conversion is null)
            {
                _encoder.WriteRows(rows);
            }
            else
            {
                for (int row = 0; row < count; row++)
                {
                    _conversion.Convert(rows.Slice(row * rowLength, rowLength), _converted);
                    _encoder.WriteRows(_converted);
                }
            }
        }
        catch (Exception e) when (Translate(e, _name, _format, _stream.Fault) is { } translated)
        {
            throw translated;
        }
        NextRow += count;
    }

    /// <summary>Encodes the next rows on the thread pool and sends on what came of them.</summary>
    /// <param name="rows">A multiple of <see cref="ImageInfo.RowLength"/>; must not change before the task ends.</param>
    /// <param name="cancellation">Checked before and after encoding; the stream then has part of a file.</param>
    /// <exception cref="ImageException">The stream cannot be written (the inner exception is what it threw), or the format cannot hold the rows.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task WriteRowsAsync(ReadOnlyMemory<byte> rows, CancellationToken cancellation = default)
    {
        await Task.Run(() => WriteRows(rows.Span), cancellation).ConfigureAwait(false);
        await SendAsync(last: false, cancellation).ConfigureAwait(false);
    }

    /// <summary>Ends the file on the thread pool and sends on what is left of it.</summary>
    /// <exception cref="InvalidOperationException">Rows are missing.</exception>
    /// <exception cref="ImageException">The stream cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task CompleteAsync(CancellationToken cancellation = default)
    {
        await Task.Run(End, cancellation).ConfigureAwait(false);
        await SendAsync(last: true, cancellation).ConfigureAwait(false);
    }

    async Task SendAsync(bool last, CancellationToken cancellation)
    {
        if (_output is null) return;
        try
        {
            await _output.SendAsync(last, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            throw new ImageException(_name, _format, $"cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Completes the file; a path gets its new content now.</summary>
    /// <exception cref="InvalidOperationException">Rows are missing, or the stream is written asynchronously.</exception>
    /// <exception cref="ImageException">The disk is full or the rename failed.</exception>
    public void Complete()
    {
        if (_output is not null) throw new InvalidOperationException("the stream is written asynchronously: call CompleteAsync");
        End();
    }

    void End()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (NextRow != Info.Height) throw new InvalidOperationException($"{NextRow} of {Info.Height} rows were written");
        try
        {
            _encoder.Complete();
            _stream.Flush();
            if (_temporaryPath is not null)
            {
                _stream.Dispose();
                File.Move(_temporaryPath, _name, overwrite: true);
            }
            _completed = true;
        }
        catch (Exception e) when (Translate(e, _name, _format, _stream.Fault) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>Closes the file; one that was not completed is deleted.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        try
        {
            _encoder.Dispose();
            if (_temporaryPath is not null) _stream.Dispose();
        }
        catch (Exception e) when (!_completed && e is IOException or ObjectDisposedException or NotSupportedException)
        {
            // Writing failed already and said so; closing what is left of it may fail for the same reason.
        }
        if (_temporaryPath is not null && !_completed) Delete(_temporaryPath);
    }

    static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that led here is the one to report.
        }
    }

    static string Way(Exception fault) => WatchedStream.Forbids(fault) ? " (for streams without synchronous writes, use SaveAsync)" : "";

    static ImageException? Translate(Exception e, string name, ImageFormat? format, Exception? fault) => e switch
    {
        ImageException => null,
        // What the stream itself threw, whatever an encoder made of it.
        _ when fault is not null => new(name, format, $"cannot be written: {fault.Message}{Way(fault)}", fault),
        CodecException => new(name, format, e.Message, e.InnerException),
        DirectoryNotFoundException => new(name, format, "the folder does not exist", e),
        IOException or UnauthorizedAccessException or NotSupportedException => new(name, format, $"cannot be written: {e.Message}", e),
        ArgumentException or InvalidOperationException => null,
        _ => new(name, format, $"the encoder failed: {e.Message}", e),
    };
}
