namespace PgpSr.Imaging.Codecs;

/// <summary>
/// The stream as decoders and encoders see it. Libraries know no tokens, but all of them read as they go: reads stop once a token is cancelled. And
/// they turn whatever a stream throws into words about damage: the first thing it threw is kept here, so that a full disk is called one.
/// </summary>
sealed class WatchedStream(Stream stream, CancellationToken cancellation = default) : Stream
{
    /// <summary>What the stream itself threw first; null while it works.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Whether a stream says with this exception that it does not read or write synchronously, as web servers' do.</summary>
    public static bool Forbids(Exception fault) => fault is NotSupportedException or (InvalidOperationException and not ObjectDisposedException);

    public override bool CanRead => stream.CanRead;

    public override bool CanSeek => stream.CanSeek;

    public override bool CanWrite => stream.CanWrite;

    public override long Length => stream.Length;

    public override long Position
    {
        get => stream.Position;
        set => stream.Position = value;
    }

    public override int Read(Span<byte> buffer)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            return stream.Read(buffer);
        }
        catch (Exception e) when (Keep(e))
        {
            throw;
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int ReadByte()
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            return stream.ReadByte();
        }
        catch (Exception e) when (Keep(e))
        {
            throw;
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            stream.Write(buffer);
        }
        catch (Exception e) when (Keep(e))
        {
            throw;
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void WriteByte(byte value) => Write([value]);

    public override void Flush()
    {
        try
        {
            stream.Flush();
        }
        catch (Exception e) when (Keep(e))
        {
            throw;
        }
    }

    // Seeking in a stream that is written may write what it has buffered.
    public override long Seek(long offset, SeekOrigin origin)
    {
        try
        {
            return stream.Seek(offset, origin);
        }
        catch (IOException e) when (Keep(e))
        {
            throw;
        }
    }

    public override void SetLength(long value) => stream.SetLength(value);

    protected override void Dispose(bool disposing)
    {
        if (disposing) stream.Dispose();
        base.Dispose(disposing);
    }

    bool Keep(Exception e)
    {
        if (e is not OperationCanceledException) Fault ??= e;
        return false;
    }
}
