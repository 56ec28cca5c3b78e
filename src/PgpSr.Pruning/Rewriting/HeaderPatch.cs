using System.Buffers.Binary;
using System.Text;

namespace PgpSr.Pruning;

/// <summary>
/// Replaces texts in a written safetensors file's header by others of the same length: a source's hash stands in front of the tensors and is known
/// only when the source has been read, which happens while they are copied.
/// </summary>
static class HeaderPatch
{
    public static void Replace(string path, IEnumerable<(string Old, string New)> texts)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Span<byte> prefix = stackalloc byte[sizeof(long)];
        stream.ReadExactly(prefix);
        byte[] header = new byte[checked((int)BinaryPrimitives.ReadInt64LittleEndian(prefix))];
        stream.ReadExactly(header);
        foreach (var (old, replacement) in texts)
        {
            if (old.Length != replacement.Length) throw new ArgumentException($"'{replacement}' does not take the room of '{old}'", nameof(texts));
            int at = header.AsSpan().IndexOf(Encoding.ASCII.GetBytes(old));
            if (at < 0) throw new InvalidOperationException($"{path}: its header does not hold '{old}'");
            Encoding.ASCII.GetBytes(replacement, header.AsSpan(at));
        }
        stream.Position = sizeof(long);
        stream.Write(header);
        stream.Flush(flushToDisk: true);
    }
}
