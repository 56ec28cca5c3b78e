using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using PgpSr.Safetensors;

namespace PgpSr.PyTorchZip;

/// <summary>
/// An open checkpoint as <c>torch.save</c> has written it since PyTorch 1.6: a zip archive with a pickle that describes containers of tensors, and
/// one stored entry for each storage; or as it wrote before (<see cref="LegacyFormat"/>). The pickle is read, never run: see
/// <see cref="PyTorchZipRule"/> for what is refused. Reading is safe from several threads.
/// </summary>
public sealed class PyTorchZipFile : IDisposable
{
    // The pickle of a full SDXL checkpoint takes half a megabyte. A hostile byte can cost some hundred bytes of objects.
    internal const int MaxPickle = 8 << 20;

    const int PieceLength = 4 << 20;

    readonly FileStream _stream;
    readonly Dictionary<string, PyTorchTensor> _byName;

    PyTorchZipFile(string path, FileStream stream, ImmutableArray<PyTorchTensor> tensors)
    {
        Path = path;
        _stream = stream;
        Tensors = tensors;
        _byName = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>The path of the file, as passed to <see cref="Open"/>.</summary>
    public string Path { get; }

    /// <summary>The tensors in the order of the containers.</summary>
    public ImmutableArray<PyTorchTensor> Tensors { get; }

    /// <summary>The tensor of this name.</summary>
    /// <exception cref="PyTorchZipException">There is none (<see cref="PyTorchZipRule.TensorNotFound"/>).</exception>
    public PyTorchTensor this[string name]
    {
        get
        {
            if (!_byName.TryGetValue(name, out var tensor))
                Throw.Refused(PyTorchZipRule.TensorNotFound, Path, name, "the checkpoint has no tensor of this name.");
            return tensor;
        }
    }

    /// <summary>Whether a file begins as this room's files do: a zip archive or a pickle. It may still be refused.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static bool Recognizes(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        Span<byte> start = stackalloc byte[4];
        return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length
            && (start.SequenceEqual("PK\x03\x04"u8) || start is [0x80, >= 2 and <= 5, ..]);
    }

    /// <summary>Opens and checks a checkpoint. No tensor data is read.</summary>
    /// <exception cref="PyTorchZipException">The file is something else, or asks for more than tensors and plain containers; the exception says
    /// what.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static PyTorchZipFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        try
        {
            if (LegacyFormat.Is(stream)) return new(path, stream, LegacyFormat.Read(stream, path));
            RefuseOtherFormats(stream, path);
            var zip = new StoredZip(stream.SafeFileHandle, path);
            var prefix = Prefix(zip, path);
            RefuseBigEndian(stream, zip, prefix, path);
            var pickle = ReadEntry(stream, zip, $"{prefix}data.pkl", path);
            var table = new TensorTable(path, key => zip.Locate($"{prefix}data/{key}"), maxVisits: pickle.Length);
            table.Add(new PickleMachine(pickle, path).Run());
            return new(path, stream, table.Tensors);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Finds a tensor by name.</summary>
    public bool TryGet(string name, [MaybeNullWhen(false)] out PyTorchTensor tensor) => _byName.TryGetValue(name, out tensor);

    /// <summary>Reads a part of a tensor's bytes, little-endian and row-major.</summary>
    /// <param name="tensor">A tensor of this file.</param>
    /// <param name="offset">The first byte, counted from the tensor's beginning.</param>
    /// <param name="destination">Filled completely.</param>
    public void Read(PyTorchTensor tensor, long offset, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (!_byName.TryGetValue(tensor.Name, out var own) || !ReferenceEquals(own, tensor))
            throw new ArgumentException($"Tensor '{tensor.Name}' was not listed by '{Path}'.", nameof(tensor));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, tensor.ByteCount - offset, nameof(destination));
        Fill(_stream, tensor.ByteOffset + offset, destination, Path);
    }

    /// <summary>Writes a tensor's bytes to a stream, piece by piece.</summary>
    public void CopyTo(PyTorchTensor tensor, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentNullException.ThrowIfNull(destination);
        var piece = new byte[Math.Min(PieceLength, tensor.ByteCount)];
        for (var offset = 0L; offset < tensor.ByteCount; offset += piece.Length)
        {
            var part = piece.AsSpan(0, (int)Math.Min(piece.Length, tensor.ByteCount - offset));
            Read(tensor, offset, part);
            destination.Write(part);
        }
    }

    /// <summary>
    /// Declares this checkpoint's tensors in a safetensors writer, which reads them one piece at a time when it writes; this file must stay open
    /// until then. Tensors that share bytes are written each for itself.
    /// </summary>
    /// <param name="writer">The writer.</param>
    /// <param name="rename">Gives a tensor's new name, or null to leave it out; without it all keep their names.</param>
    public void AddTo(SafetensorsWriter writer, Func<string, string?>? rename = null)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach (var tensor in Tensors)
        {
            var name = rename is null ? tensor.Name : rename(tensor.Name);
            if (name is not null) writer.Add(name, tensor.DType, tensor.Shape.AsSpan(), stream => CopyTo(tensor, stream));
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    static void RefuseOtherFormats(FileStream stream, string path)
    {
        Span<byte> start = stackalloc byte[48];
        var count = RandomAccess.Read(stream.SafeFileHandle, start, 0);
        start = start[..count];
        if (start.IsEmpty) Throw.Refused(PyTorchZipRule.NotZip, path, null, "the file is empty; download it again.");
        if (start.StartsWith("version https://git-lfs.github.com/spec/"u8))
        {
            Throw.Refused(
                PyTorchZipRule.GitLfsPointer, path, null,
                "this is a Git LFS pointer, not the file itself; run 'git lfs pull' or download the file.");
        }

        // A pickle of protocol 2 or later begins with this opcode.
        if (start is [0x80, >= 2 and <= 5, ..])
        {
            Throw.Refused(
                PyTorchZipRule.LegacyPickle, path, null,
                "this is a bare pickle, not a checkpoint that torch.save wrote; "
                + "load it with a PyTorch you trust and save it with torch.save, or use a safetensors file.");
        }
    }

    // PyTorch puts everything into one folder, named after the file.
    static string Prefix(StoredZip zip, string path)
    {
        const string Pickle = "data.pkl";
        string? found = null;
        foreach (var name in zip.Names)
        {
            var folder = name.IndexOf('/', StringComparison.Ordinal) + 1;
            if (name.AsSpan(folder) is not Pickle) continue;
            if (found is not null)
                Throw.Refused(PyTorchZipRule.EntryMissing, path, Pickle, "the archive has several; it is unclear which one describes the tensors.");
            found = name[..^Pickle.Length];
        }

        if (found is null)
            Throw.Refused(PyTorchZipRule.EntryMissing, path, Pickle, "the archive has no such entry: it was not written by torch.save.");
        return found;
    }

    static void RefuseBigEndian(FileStream stream, StoredZip zip, string prefix, string path)
    {
        var name = $"{prefix}byteorder";
        if (!zip.Names.Contains(name)) return;
        if (!ReadEntry(stream, zip, name, path).AsSpan().SequenceEqual("little"u8))
            Throw.Refused(PyTorchZipRule.BigEndian, path, null, "its tensors are not little-endian; save it again on a little-endian machine.");
    }

    static byte[] ReadEntry(FileStream stream, StoredZip zip, string name, string path)
    {
        var (offset, length) = zip.Locate(name);
        if (length > MaxPickle)
            Throw.Refused(
                PyTorchZipRule.PickleTooLarge, path, name,
                $"the entry has {length} bytes; at most {MaxPickle} are allowed. It contains more than tensor names.");
        var bytes = new byte[length];
        Fill(stream, offset, bytes, path);
        return bytes;
    }

    internal static void Fill(FileStream stream, long offset, Span<byte> destination, string path)
    {
        while (!destination.IsEmpty)
        {
            var count = RandomAccess.Read(stream.SafeFileHandle, destination, offset);
            if (count == 0) Throw.Refused(PyTorchZipRule.EntryInvalid, path, null, "the file has become shorter since it was opened.");
            destination = destination[count..];
            offset += count;
        }
    }
}
