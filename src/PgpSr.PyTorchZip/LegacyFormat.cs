using System.Buffers.Binary;
using System.Collections.Immutable;
using PgpSr.Safetensors;

namespace PgpSr.PyTorchZip;

/// <summary>
/// What <c>torch.save</c> wrote before PyTorch 1.6, as old community models still are: five pickles one after the other (a magic number, a version,
/// the machine's properties, the containers, the storages' keys), then each storage as its element count and its elements.
/// </summary>
static class LegacyFormat
{
    const long Version = 1001;

    // The first pickle, whole: protocol 2, the magic number of ten bytes, stop.
    static ReadOnlySpan<byte> Magic => [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.'];

    public static bool Is(FileStream stream)
    {
        Span<byte> start = stackalloc byte[Magic.Length];
        return RandomAccess.Read(stream.SafeFileHandle, start, 0) == start.Length && start.SequenceEqual(Magic);
    }

    public static ImmutableArray<PyTorchTensor> Read(FileStream stream, string path)
    {
        // The pickles stand before the storages; how long they are only they tell.
        var bytes = new byte[Math.Min(RandomAccess.GetLength(stream.SafeFileHandle), PyTorchZipFile.MaxPickle)];
        PyTorchZipFile.Fill(stream, 0, bytes, path);
        return Parse(bytes, path, (offset, destination) => PyTorchZipFile.Fill(stream, offset, destination, path),
            RandomAccess.GetLength(stream.SafeFileHandle));
    }

    /// <summary>The tensors of a file whose beginning is given.</summary>
    /// <param name="start">At least the pickles.</param>
    /// <param name="path">For messages.</param>
    /// <param name="read">Reads bytes at an offset of the file.</param>
    /// <param name="length">Of the file.</param>
    internal static ImmutableArray<PyTorchTensor> Parse(byte[] start, string path, Action<long, byte[]> read, long length)
    {
        var version = new PickleMachine(start, path, Magic.Length);
        if (version.Run() is not Version) Throw.Malformed(path, $"the file does not have version {Version}, the last before PyTorch 1.6.");
        var machine = new PickleMachine(start, path, version.Position);
        if (machine.Run() is not PickleDictionary properties) Throw.Malformed(path, "the file does not say which machine wrote it.");
        else if (!properties.Items.TryGetValue("little_endian", out var little) || little is not true)
            Throw.Refused(PyTorchZipRule.BigEndian, path, null, "its tensors are not little-endian; save it again on a little-endian machine.");
        var containers = new PickleMachine(start, path, machine.Position);
        var root = containers.Run();
        var order = new PickleMachine(start, path, containers.Position);
        var places = Places(order.Run() as PickleList, containers.Storages, order.Position, path, read, length);
        var table = new TensorTable(path, key =>
        {
            if (!places.TryGetValue(key, out var place))
                Throw.Refused(PyTorchZipRule.EntryMissing, path, key, "the file has no storage of this key.");
            return place;
        }, maxVisits: containers.Position);
        table.Add(root);
        return table.Tensors;
    }

    static Dictionary<string, (long Offset, long Length)> Places(
        PickleList? keys, List<PickleStorage> described, long at, string path, Action<long, byte[]> read, long length)
    {
        var storages = new Dictionary<string, PickleStorage>(StringComparer.Ordinal);
        foreach (var storage in described) storages.TryAdd(storage.Key, storage);
        var places = new Dictionary<string, (long, long)>(StringComparer.Ordinal);
        var count = new byte[sizeof(long)];
        foreach (var item in keys?.Items ?? [])
        {
            if (item is not string key || !storages.TryGetValue(key, out var storage))
            {
                Throw.Refused(PyTorchZipRule.StorageInvalid, path, item as string, "the file lists a storage that no tensor uses.");
                return places;
            }
            long width = storage.DType is { } type ? type.BitCount() / 8 : 1, left = length - at - count.Length;
            if (left < 0 || storage.Count > left / width)
                Throw.Refused(PyTorchZipRule.StorageInvalid, path, key, $"a storage of {storage.Count} elements does not fit the file.");
            read(at, count);
            if (BinaryPrimitives.ReadInt64LittleEndian(count) != storage.Count)
                Throw.Refused(PyTorchZipRule.StorageInvalid, path, key, "the file and its pickle give the storage different element counts.");
            at += count.Length;
            if (!places.TryAdd(key, (at, storage.Count * width)))
                Throw.Refused(PyTorchZipRule.StorageInvalid, path, key, "the file lists the storage twice.");
            at += storage.Count * width;
        }

        return places;
    }
}
