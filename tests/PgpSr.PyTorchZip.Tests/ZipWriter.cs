using System.Text;

namespace PgpSr.PyTorchZip.Tests;

/// <summary>Writes a stored zip archive as PyTorch does: data at multiples of 64 bytes, ZIP64 records where they are asked for.</summary>
sealed class ZipWriter(Stream stream, bool zip64 = false, ushort method = 0, ushort flags = 0)
{
    readonly List<(string Name, long Offset, long Length)> _entries = [];

    public static byte[] Checkpoint(byte[] pickle, params (string Name, byte[] Data)[] entries)
    {
        using var stream = new MemoryStream();
        var zip = new ZipWriter(stream);
        zip.Add("archive/data.pkl", pickle);
        foreach (var (name, data) in entries) zip.Add($"archive/{name}", data);
        zip.Finish();
        return stream.ToArray();
    }

    public void Add(string name, byte[] data)
    {
        Begin(name, data.Length);
        stream.Write(data);
    }

    /// <summary>Writes the header of an entry; the caller writes, or skips, as many bytes as it says.</summary>
    public void Begin(string name, long length)
    {
        var utf8 = Encoding.UTF8.GetBytes(name);
        _entries.Add((name, stream.Position, length));
        var padding = (int)(-(stream.Position + 30 + utf8.Length + 4) & 63);
        var size = zip64 ? uint.MaxValue : (uint)length;
        Write(0x04034b50u, (ushort)45, flags, method, 0u, 0u, size, size, (ushort)utf8.Length, (ushort)(padding + 4));
        stream.Write(utf8);
        // "FB" is the id that PyTorch pads with.
        Write((ushort)0x4246, (ushort)padding);
        stream.Write(new byte[padding]);
    }

    public void Finish()
    {
        var directory = stream.Position;
        foreach (var (name, offset, length) in _entries)
        {
            var utf8 = Encoding.UTF8.GetBytes(name);
            var (size, at, extra) = zip64 ? (uint.MaxValue, uint.MaxValue, (ushort)28) : ((uint)length, (uint)offset, (ushort)0);
            Write(0x02014b50u, (ushort)45, (ushort)45, flags, method, 0u, 0u, size, size, (ushort)utf8.Length, extra);
            Write((ushort)0, (ushort)0, (ushort)0, 0u, at);
            stream.Write(utf8);
            if (zip64) Write((ushort)1, (ushort)24, length, length, offset);
        }

        var end = stream.Position;
        var count = (ushort)_entries.Count;
        if (zip64)
        {
            Write(0x06064b50u, 44L, (ushort)45, (ushort)45, 0u, 0u, (long)count, (long)count, end - directory, directory);
            Write(0x07064b50u, 0u, end, 1u);
        }

        var (count32, size32, offset32) = zip64 ? (ushort.MaxValue, uint.MaxValue, uint.MaxValue) : (count, (uint)(end - directory), (uint)directory);
        Write(0x06054b50u, (ushort)0, (ushort)0, count32, count32, size32, offset32, (ushort)0);
    }

    void Write(params object[] fields)
    {
        foreach (var field in fields)
        {
            stream.Write(field switch
            {
                ushort value => BitConverter.GetBytes(value),
                uint value => BitConverter.GetBytes(value),
                long value => BitConverter.GetBytes(value),
                _ => throw new ArgumentException($"no field of a zip record is a {field.GetType()}", nameof(fields)),
            });
        }
    }
}
