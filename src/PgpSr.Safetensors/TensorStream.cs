namespace PgpSr.Safetensors;

/// <summary>A write-only stream over one tensor's place in a file: takes exactly its bytes, and notices cancellation between pieces.</summary>
sealed class TensorStream(Stream destination, long length, int pieceLength, string path, string tensor, CancellationToken cancellationToken) : Stream
{
    long _written;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => length;

    public override long Position
    {
        get => _written;
        set => throw new NotSupportedException("A tensor is written sequentially.");
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length > length - _written)
            Throw.Broken(SafetensorsRule.SizeMismatch, path, tensor, $"its data is longer than the {length} bytes of its dtype and shape.");
        while (!buffer.IsEmpty)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var piece = buffer[..Math.Min(buffer.Length, pieceLength)];
            destination.Write(piece);
            _written += piece.Length;
            buffer = buffer[piece.Length..];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void WriteByte(byte value) => Write([value]);

    public override void Flush()
    {
        // The file is flushed once, as a whole.
    }

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("A tensor's place in a new file can only be written.");

    public override long Seek(long offset, SeekOrigin origin) =>
        throw new NotSupportedException("A tensor is written sequentially.");

    public override void SetLength(long value) => throw new NotSupportedException("A tensor's length follows from its dtype and shape.");

    public void RefuseMissing()
    {
        if (_written < length)
        {
            Throw.Broken(
                SafetensorsRule.SizeMismatch, path, tensor,
                $"its data ended after {_written} of the {length} bytes of its dtype and shape.");
        }
    }
}
