using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.IO.MemoryMappedFiles;

namespace PgpSr.Safetensors;

/// <summary>
/// An open, memory-mapped safetensors file. All rules of the format have been checked when <see cref="Open"/> returns; until then no tensor byte is
/// read. Reading is safe from several threads. Spans from <see cref="Bytes(TensorEntry)"/> point into the mapping: they end with <see
/// cref="Dispose"/>.
/// </summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    readonly FileStream _stream;
    readonly MemoryMappedFile _mapping;
    readonly MemoryMappedViewAccessor _view;
    readonly SafetensorsHeader _header;
    readonly Dictionary<string, TensorEntry> _byName;
    byte* _start;

    SafetensorsFile(string path, FileStream stream, MemoryMappedFile mapping, MemoryMappedViewAccessor view)
    {
        Path = path;
        _stream = stream;
        _mapping = mapping;
        _view = view;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        try
        {
            var known = Math.Min(stream.Length, SafetensorsHeader.LengthPrefix + SafetensorsHeader.MaxLength);
            _header = SafetensorsHeader.Parse(new ReadOnlySpan<byte>(_start, (int)known), stream.Length, path);
        }
        catch
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            throw;
        }

        _byName = new(_header.Tensors.Length, StringComparer.Ordinal);
        foreach (var entry in _header.Tensors) _byName.Add(entry.Name, entry);
    }

    /// <summary>The path of the file, as passed to <see cref="Open"/>.</summary>
    public string Path { get; }

    /// <summary>The strings of <c>__metadata__</c>, in the file's order; empty if there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>The tensors in the order of their bytes in the file.</summary>
    public ImmutableArray<TensorEntry> Tensors => _header.Tensors;

    /// <summary>The tensor of this name.</summary>
    /// <exception cref="SafetensorsException">The file has none (<see cref="SafetensorsRule.TensorNotFound"/>).</exception>
    public TensorEntry this[string name]
    {
        get
        {
            if (!_byName.TryGetValue(name, out var entry)) Throw.NotFound(Path, name);
            return entry;
        }
    }

    /// <summary>Opens and checks a file. Files and tensors may be larger than 4 GB.</summary>
    /// <exception cref="SafetensorsException">The file breaks a rule of the format; the exception names the rule and the tensor.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        MemoryMappedFile? mapping = null;
        MemoryMappedViewAccessor? view = null;
        try
        {
            // An empty file cannot be mapped, and has no header to read.
            if (stream.Length == 0) SafetensorsHeader.Parse([], path);
            mapping = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            view = mapping.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            return new(path, stream, mapping, view);
        }
        catch
        {
            view?.Dispose();
            mapping?.Dispose();
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Finds a tensor by name.</summary>
    public bool TryGet(string name, [MaybeNullWhen(false)] out TensorEntry entry) => _byName.TryGetValue(name, out entry);

    /// <summary>A tensor's bytes, little-endian and row-major, straight from the mapping.</summary>
    /// <exception cref="SafetensorsException">It has more bytes than a span holds (<see cref="SafetensorsRule.TensorTooLarge"/>).</exception>
    public ReadOnlySpan<byte> Bytes(TensorEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (entry.ByteCount > int.MaxValue) Throw.TooLarge(Path, entry);
        return Bytes(entry, 0, (int)entry.ByteCount);
    }

    /// <summary>A part of a tensor's bytes, straight from the mapping.</summary>
    /// <param name="entry">A tensor of this file.</param>
    /// <param name="offset">The first byte, counted from the tensor's beginning.</param>
    /// <param name="count">How many bytes.</param>
    public ReadOnlySpan<byte> Bytes(TensorEntry entry, long offset, int count)
    {
        CheckPart(entry, offset, count);
        return new(_start + entry.ByteOffset + offset, count);
    }

    /// <summary>
    /// Copies a part of a tensor's bytes with an ordinary read. Unlike the mapping, it leaves no pages in the process: for loaders that read each
    /// byte once.
    /// </summary>
    /// <param name="entry">A tensor of this file.</param>
    /// <param name="offset">The first byte, counted from the tensor's beginning.</param>
    /// <param name="destination">Filled completely.</param>
    public void Read(TensorEntry entry, long offset, Span<byte> destination)
    {
        CheckPart(entry, offset, destination.Length);
        var position = entry.ByteOffset + offset;
        while (!destination.IsEmpty)
        {
            var count = RandomAccess.Read(_stream.SafeFileHandle, destination, position);
            if (count == 0) Throw.Broken(SafetensorsRule.BodyTruncated, Path, entry.Name, "the file has become shorter since it was opened.");
            destination = destination[count..];
            position += count;
        }
    }

    /// <summary>A tensor's elements as singles; see <see cref="ReadSingles(TensorEntry, long, Span{float})"/>.</summary>
    public float[] ReadSingles(string name) => ReadSingles(this[name]);

    /// <summary>A tensor's elements as singles; see <see cref="ReadSingles(TensorEntry, long, Span{float})"/>.</summary>
    public float[] ReadSingles(TensorEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (entry.ElementCount > Array.MaxLength) Throw.TooLarge(Path, entry);
        // The count has been checked against the bytes that the file really has.
        var values = GC.AllocateUninitializedArray<float>((int)entry.ElementCount);
        ReadSingles(entry, 0, values);
        return values;
    }

    /// <summary>
    /// Converts a part of a tensor to singles. Every float of 32 bits or less converts exactly (BOOL to 0 or 1); F64 and integers of more than 24
    /// bits are rounded to nearest.
    /// </summary>
    /// <param name="entry">A tensor of this file; not of a sub-byte or complex type.</param>
    /// <param name="first">The first element, in row-major order.</param>
    /// <param name="destination">Filled completely.</param>
    /// <exception cref="SafetensorsException">The dtype has no reading as one number per element
    /// (<see cref="SafetensorsRule.DTypeNotReal"/>).</exception>
    public void ReadSingles(TensorEntry entry, long first, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, entry.ElementCount - first, nameof(destination));
        var bits = entry.DType.BitCount();
        if (bits < 8 || entry.DType == SafetensorsDType.Complex64) Throw.NotReal(Path, entry);

        var width = bits / 8;
        // A span of bytes holds fewer elements than a span of singles when they are wider than a byte.
        var most = int.MaxValue / width;
        while (!destination.IsEmpty)
        {
            var count = Math.Min(destination.Length, most);
            Widening.ToSingle(Bytes(entry, first * width, count * width), entry.DType, destination[..count]);
            destination = destination[count..];
            first += count;
        }
    }

    /// <summary>Unmaps and closes the file. No span of it may be used afterwards.</summary>
    public void Dispose()
    {
        if (_start == null) return;
        _start = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _mapping.Dispose();
        _stream.Dispose();
    }

    void CheckPart(TensorEntry entry, long offset, int count)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ObjectDisposedException.ThrowIf(_start == null, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        // An entry of another file carries offsets that were never checked against this one.
        if (!_byName.TryGetValue(entry.Name, out var own) || !ReferenceEquals(own, entry))
            throw new ArgumentException($"Tensor '{entry.Name}' was not listed by '{Path}'.", nameof(entry));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, entry.ByteCount - offset);
    }
}
