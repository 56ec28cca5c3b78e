using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace PgpSr.PyTorchZip;

/// <summary>
/// The directory of a zip archive whose entries are stored, not compressed (PKWARE APPNOTE 6.3.x, with ZIP64). An entry is then a range of the file,
/// which can be read from anywhere: a tensor can lie deep inside a storage of many gigabytes.
/// end record > ZIP64 record > central directory > local header > data
/// </summary>
sealed class StoredZip
{
    const int EndLength = 22;
    const int MaxComment = 65535;
    const int Zip64LocatorLength = 20;
    const int Zip64EndLength = 56;
    const int CentralLength = 46;
    const int LocalLength = 30;

    // A checkpoint has one entry for each storage: a few thousand of some hundred bytes.
    const int MaxDirectory = 64 << 20;

    readonly SafeFileHandle _handle;
    readonly string _path;
    readonly long _length;
    readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    readonly record struct Entry(long LocalHeader, long Length, bool IsStored, bool IsDouble);

    public StoredZip(SafeFileHandle handle, string path)
    {
        _handle = handle;
        _path = path;
        _length = RandomAccess.GetLength(handle);
        var (offset, size, count) = FindDirectory();
        if (size > MaxDirectory || offset > _length - size)
            Throw.Refused(PyTorchZipRule.NotZip, path, null, $"the archive's directory claims {size} bytes at {offset}, in a file of {_length}.");
        ReadDirectory(Read(offset, (int)size), count);
    }

    public IEnumerable<string> Names => _entries.Keys;

    /// <summary>Where an entry's bytes lie in the file.</summary>
    public (long Offset, long Length) Locate(string name)
    {
        if (!_entries.TryGetValue(name, out var entry)) Throw.Refused(PyTorchZipRule.EntryMissing, _path, name, "the archive has no such entry.");
        if (entry.IsDouble) Throw.Refused(PyTorchZipRule.EntryMissing, _path, name, "the archive has two entries of this name.");
        if (!entry.IsStored)
            Throw.Refused(
                PyTorchZipRule.EntryInvalid, _path, name,
                "the entry is compressed or encrypted, which PyTorch never does. Save the checkpoint again.");
        if (entry.LocalHeader > _length - LocalLength) Throw.Refused(PyTorchZipRule.EntryInvalid, _path, name, "the entry begins outside the file.");
        var local = Read(entry.LocalHeader, LocalLength);
        if (!local.AsSpan().StartsWith("PK\u0003\u0004"u8))
            Throw.Refused(PyTorchZipRule.EntryInvalid, _path, name, "the entry's local header is damaged.");
        // The local header pads its extra field, so that data begins at a multiple of 64.
        var offset = entry.LocalHeader + LocalLength + UInt16(local, 26) + UInt16(local, 28);
        if (entry.Length > _length - offset)
            Throw.Refused(PyTorchZipRule.EntryInvalid, _path, name, "the entry ends outside the file. It may be an unfinished download.");
        return (offset, entry.Length);
    }

    (long Offset, long Size, long Count) FindDirectory()
    {
        var tailLength = (int)Math.Min(_length, EndLength + MaxComment);
        var tailOffset = _length - tailLength;
        var tail = Read(tailOffset, tailLength);
        for (var at = tailLength - EndLength; at >= 0; at--)
        {
            if (!tail.AsSpan(at).StartsWith("PK\u0005\u0006"u8) || UInt16(tail, at + 20) != tailLength - EndLength - at) continue;
            return Zip64Directory(tailOffset + at) ?? (UInt32(tail, at + 16), UInt32(tail, at + 12), UInt16(tail, at + 10));
        }

        Throw.Refused(PyTorchZipRule.NotZip, _path, null, "this is not a zip archive, or an unfinished download: it has no end record.");
        return default;
    }

    (long Offset, long Size, long Count)? Zip64Directory(long end)
    {
        if (end < Zip64LocatorLength + Zip64EndLength) return null;
        var locator = Read(end - Zip64LocatorLength, Zip64LocatorLength);
        if (!locator.AsSpan().StartsWith("PK\u0006\u0007"u8)) return null;
        var at = Int64(locator, 8);
        if (at < 0 || at > end - Zip64LocatorLength - Zip64EndLength) return null;
        var record = Read(at, Zip64EndLength);
        if (!record.AsSpan().StartsWith("PK\u0006\u0006"u8)) return null;
        var (offset, size, count) = (Int64(record, 48), Int64(record, 40), Int64(record, 32));
        if (offset < 0 || size < 0 || count < 0) Throw.Refused(PyTorchZipRule.NotZip, _path, null, "the archive's ZIP64 record is damaged.");
        return (offset, size, count);
    }

    void ReadDirectory(byte[] directory, long count)
    {
        var at = 0;
        for (var i = 0L; i < count; i++)
        {
            if (directory.Length - at < CentralLength || !directory.AsSpan(at).StartsWith("PK\u0001\u0002"u8)) Damaged();
            int nameLength = UInt16(directory, at + 28), extraLength = UInt16(directory, at + 30), commentLength = UInt16(directory, at + 32);
            if (directory.Length - at - CentralLength < nameLength + extraLength + commentLength) Damaged();
            var name = Encoding.UTF8.GetString(directory, at + CentralLength, nameLength);
            var extra = directory.AsSpan(at + CentralLength + nameLength, extraLength);
            long compressed = UInt32(directory, at + 20), length = UInt32(directory, at + 24), local = UInt32(directory, at + 42);
            ReadZip64Extra(extra, ref length, ref compressed, ref local);
            if (length < 0 || compressed < 0 || local < 0) Damaged();
            var isEncrypted = (UInt16(directory, at + 8) & 1) != 0;
            var isStored = UInt16(directory, at + 10) == 0 && length == compressed && !isEncrypted;
            _entries[name] = new(local, length, isStored, IsDouble: _entries.ContainsKey(name));
            at += CentralLength + nameLength + extraLength + commentLength;
        }
    }

    // Field 1 holds, in this order, those of the three that are all ones in the header.
    static void ReadZip64Extra(ReadOnlySpan<byte> extra, ref long length, ref long compressed, ref long local)
    {
        while (extra.Length >= 4)
        {
            var id = BinaryPrimitives.ReadUInt16LittleEndian(extra);
            var size = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            extra = extra[4..];
            if (size > extra.Length) return;
            if (id == 1)
            {
                var field = extra[..size];
                Take(ref field, ref length);
                Take(ref field, ref compressed);
                Take(ref field, ref local);
                return;
            }

            extra = extra[size..];
        }

        static void Take(ref ReadOnlySpan<byte> field, ref long value)
        {
            if (value != uint.MaxValue || field.Length < 8) return;
            value = BinaryPrimitives.ReadInt64LittleEndian(field);
            field = field[8..];
        }
    }

    byte[] Read(long offset, int count)
    {
        var bytes = new byte[count];
        for (var done = 0; done < count;)
        {
            var read = RandomAccess.Read(_handle, bytes.AsSpan(done), offset + done);
            if (read == 0) Throw.Refused(PyTorchZipRule.NotZip, _path, null, "the file has become shorter since it was opened.");
            done += read;
        }

        return bytes;
    }

    void Damaged() => Throw.Refused(PyTorchZipRule.NotZip, _path, null, "the archive's directory is damaged.");

    static int UInt16(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

    static uint UInt32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    static long Int64(byte[] bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));
}
