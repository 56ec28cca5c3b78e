using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace PgpSr.Safetensors;

/// <summary>
/// Writes a file byte for byte as the reference implementation does: tensors by descending dtype and then by name, header padded with spaces to eight
/// bytes.
/// Tensors are declared first; their bytes are requested one tensor at a time while writing, so that a large file does not need as much memory.
/// </summary>
public sealed class SafetensorsWriter
{
    // Cancellation is looked at between pieces of this size: a few milliseconds of a disk's time.
    const int PieceLength = 4 << 20;

    static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    readonly List<Declared> _tensors = [];
    readonly HashSet<string> _names = new(StringComparer.Ordinal);
    readonly OrderedDictionary<string, string> _metadata = [];

    readonly record struct Declared(
        byte[] Name, string Text, SafetensorsDType DType, ImmutableArray<long> Shape, long ByteCount, Action<Stream> Write);

    /// <summary>The strings of <c>__metadata__</c>, written in the order in which they were added.</summary>
    public IDictionary<string, string> Metadata => _metadata;

    /// <summary>Declares a tensor whose bytes are available.</summary>
    /// <param name="name">Its key; unique, and not <c>__metadata__</c>.</param>
    /// <param name="dtype">The type of its elements.</param>
    /// <param name="shape">Its dimensions, slowest first; empty for a scalar.</param>
    /// <param name="data">Its elements, little-endian and row-major. Not copied: it must stay as it is until the file is written.</param>
    public void Add(string name, SafetensorsDType dtype, ReadOnlySpan<long> shape, ReadOnlyMemory<byte> data)
    {
        var byteCount = Measure(name, dtype, shape);
        if (data.Length != byteCount)
        {
            var dimensions = string.Join(", ", shape.ToArray());
            throw new ArgumentException($"Tensor '{name}': {dtype.Name()} [{dimensions}] takes {byteCount} bytes, not {data.Length}.", nameof(data));
        }

        Declare(name, dtype, shape, byteCount, stream => stream.Write(data.Span));
    }

    /// <summary>Declares a tensor whose bytes are produced when they are needed.</summary>
    /// <param name="name">Its key; unique, and not <c>__metadata__</c>.</param>
    /// <param name="dtype">The type of its elements.</param>
    /// <param name="shape">Its dimensions, slowest first; empty for a scalar.</param>
    /// <param name="write">Writes exactly the tensor's bytes, little-endian and row-major, to the stream it is given. Called once for each
    /// file.</param>
    public void Add(string name, SafetensorsDType dtype, ReadOnlySpan<long> shape, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        Declare(name, dtype, shape, Measure(name, dtype, shape), write);
    }

    /// <summary>Declares a tensor that is copied from an open file when it is needed; the file must stay open until then.</summary>
    /// <param name="file">The file.</param>
    /// <param name="entry">The tensor of it.</param>
    /// <param name="name">Its new key, or null to keep the old one.</param>
    public void Add(SafetensorsFile file, TensorEntry entry, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(entry);
        Add(name ?? entry.Name, entry.DType, entry.Shape.AsSpan(), stream =>
        {
            for (var offset = 0L; offset < entry.ByteCount; offset += PieceLength)
                stream.Write(file.Bytes(entry, offset, (int)Math.Min(PieceLength, entry.ByteCount - offset)));
        });
    }

    /// <summary>
    /// Writes the file atomically: to a temporary file in the same folder, flushed to the disk and then renamed. If anything fails, or the token is
    /// cancelled, the temporary file is deleted, and a file that was there before is untouched.
    /// </summary>
    /// <exception cref="SafetensorsException">A tensor's data is shorter or longer than its shape
    /// (<see cref="SafetensorsRule.SizeMismatch"/>).</exception>
    /// <exception cref="IOException">The folder does not exist, or the disk is full.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written to.</exception>
    public void Write(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        cancellationToken.ThrowIfCancellationRequested();
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        var (ordered, header, length) = Lay(path);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            // A full disk is told before hours of conversion, not after.
            PreallocationSize = length,
            BufferSize = 1 << 16,
        };
        try
        {
            using (var stream = new FileStream(temporary, options))
            {
                WriteAll(stream, ordered, header, path, cancellationToken);
                stream.Flush(flushToDisk: true);
            }

            cancellationToken.ThrowIfCancellationRequested();
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes the file's bytes to a stream, which is neither flushed nor closed.</summary>
    /// <exception cref="SafetensorsException">A tensor's data is shorter or longer than its shape
    /// (<see cref="SafetensorsRule.SizeMismatch"/>).</exception>
    public void Write(Stream destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        const string Name = "(stream)";
        var (ordered, header, _) = Lay(Name);
        WriteAll(destination, ordered, header, Name, cancellationToken);
    }

    static void WriteAll(Stream destination, Declared[] ordered, ReadOnlySpan<byte> header, string path, CancellationToken cancellationToken)
    {
        destination.Write(header);
        foreach (var tensor in ordered)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var part = new TensorStream(destination, tensor.ByteCount, PieceLength, path, tensor.Text, cancellationToken);
            tensor.Write(part);
            part.RefuseMissing();
        }
    }

    (Declared[] Ordered, byte[] Header, long FileLength) Lay(string path)
    {
        var ordered = _tensors.ToArray();
        Array.Sort(ordered, static (a, b) => a.DType != b.DType ? b.DType.CompareTo(a.DType) : a.Name.AsSpan().SequenceCompareTo(b.Name));
        var json = new HeaderBuilder();
        foreach (var (key, value) in _metadata) json.Metadata(s_strictUtf8.GetBytes(key), s_strictUtf8.GetBytes(value));
        var end = 0L;
        foreach (var tensor in ordered)
        {
            var begin = end;
            end = checked(begin + tensor.ByteCount);
            json.Tensor(tensor.Name, tensor.DType, tensor.Shape, begin, end);
        }

        var header = json.Finish();
        if (header.Length > SafetensorsHeader.MaxLength)
        {
            Throw.Broken(
                SafetensorsRule.HeaderTooLarge, path, null,
                $"the header would take {header.Length} bytes; at most {SafetensorsHeader.MaxLength} are allowed. Write several files.");
        }

        var prefixed = new byte[SafetensorsHeader.LengthPrefix + header.Length];
        BinaryPrimitives.WriteInt64LittleEndian(prefixed, header.Length);
        header.CopyTo(prefixed.AsSpan(SafetensorsHeader.LengthPrefix));
        return (ordered, prefixed, checked(prefixed.Length + end));
    }

    static long Measure(string name, SafetensorsDType dtype, ReadOnlySpan<long> shape)
    {
        if (!Enum.IsDefined(dtype)) throw new ArgumentOutOfRangeException(nameof(dtype), dtype, $"Tensor '{name}': the format does not define this dtype.");
        foreach (var dimension in shape) ArgumentOutOfRangeException.ThrowIfNegative(dimension, nameof(shape));
        if (!SafetensorsHeader.TryMeasure(dtype, [.. shape], out _, out var bits))
            throw new ArgumentException($"Tensor '{name}': the product of its dimensions and its element width does not fit 63 bits.", nameof(shape));
        if (bits % 8 != 0) throw new ArgumentException($"Tensor '{name}': its {dtype.Name()} elements do not fill whole bytes.", nameof(shape));
        return bits / 8;
    }

    void Declare(string name, SafetensorsDType dtype, ReadOnlySpan<long> shape, long byteCount, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name == "__metadata__") throw new ArgumentException("'__metadata__' is reserved for the header; no tensor can have this name.", nameof(name));
        var utf8 = s_strictUtf8.GetBytes(name);
        if (!_names.Add(name)) throw new ArgumentException($"Tensor '{name}' was already added.", nameof(name));
        _tensors.Add(new(utf8, name, dtype, [.. shape], byteCount, write));
    }
}
