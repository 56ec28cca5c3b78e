using System.Buffers.Binary;

namespace PgpSr.Imaging;

/// <summary>
/// Photoshop image resources (Adobe Photoshop File Formats Specification, "Image Resource Blocks"): <c>8BIM</c>, a number, a padded name, a length,
/// padded data. IPTC is one of them.
/// </summary>
static class PhotoshopBlocks
{
    public const ushort Iptc = 0x0404, ResolutionInfo = 0x03ED;

    // Of Photoshop 4 and of 5 and later.
    const ushort OldThumbnail = 0x0409, Thumbnail = 0x040C;

    /// <summary>Splits a sequence of blocks into IPTC and the others. What follows a damaged block is left out.</summary>
    /// <returns>Whether all of it could be read.</returns>
    public static bool Split(ReadOnlySpan<byte> blocks, out byte[]? iptc, out byte[]? others)
    {
        iptc = null;
        using MemoryStream rest = new();
        while (TryRead(blocks, out ushort number, out ReadOnlySpan<byte> data, out int length))
        {
            if (number == Iptc) iptc ??= data.ToArray();
            else rest.Write(blocks[..length]);
            blocks = blocks[length..];
        }
        others = rest.Length > 0 ? rest.ToArray() : null;
        return blocks.TrimStart((byte)0).IsEmpty;
    }

    /// <summary>Both together as one sequence of blocks; empty where there is neither.</summary>
    public static byte[] Join(byte[]? iptc, byte[]? others)
    {
        if (iptc is null) return others ?? [];
        byte[] head = new byte[12];
        "8BIM"u8.CopyTo(head);
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(4), Iptc);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(8), iptc.Length);
        return [.. head, .. iptc, .. iptc.Length % 2 != 0 ? [0] : Array.Empty<byte>(), .. others ?? []];
    }

    /// <summary>A copy without embedded thumbnails; null where nothing is left.</summary>
    public static byte[]? WithoutThumbnails(ReadOnlySpan<byte> blocks)
    {
        using MemoryStream kept = new();
        while (TryRead(blocks, out ushort number, out _, out int length))
        {
            if (number is not (OldThumbnail or Thumbnail)) kept.Write(blocks[..length]);
            blocks = blocks[length..];
        }
        return kept.Length > 0 ? kept.ToArray() : null;
    }

    // Pixels per inch as 16.16 numbers, each followed by two display units.
    const int ResolutionInfoLength = 16;

    public static ImageResolution? ReadResolution(ReadOnlySpan<byte> blocks)
    {
        while (TryRead(blocks, out ushort number, out ReadOnlySpan<byte> data, out int length))
        {
            if (number == ResolutionInfo && data.Length >= ResolutionInfoLength)
            {
                double x = BinaryPrimitives.ReadUInt32BigEndian(data) / 65536.0, y = BinaryPrimitives.ReadUInt32BigEndian(data[8..]) / 65536.0;
                return x > 0 && y > 0 ? new(x, y, ResolutionUnit.Inch) : null;
            }
            blocks = blocks[length..];
        }
        return null;
    }

    static bool TryRead(ReadOnlySpan<byte> blocks, out ushort number, out ReadOnlySpan<byte> data, out int length)
    {
        number = 0;
        data = default;
        length = 0;
        const int signature = 4, name = 6;
        if (blocks.Length < name + 2 + 4 || !(blocks.StartsWith("8BIM"u8) || blocks.StartsWith("MeSa"u8) || blocks.StartsWith("PHUT"u8)))
            return false;
        // A Pascal string, its length byte included padded to an even number of bytes.
        int at = name + (1 + blocks[name] + 1) / 2 * 2;
        if (at + 4 > blocks.Length) return false;
        uint size = BinaryPrimitives.ReadUInt32BigEndian(blocks[at..]);
        at += 4;
        if (size > blocks.Length - at) return false;
        number = BinaryPrimitives.ReadUInt16BigEndian(blocks[signature..]);
        data = blocks.Slice(at, (int)size);
        // The last block's padding may be missing.
        length = Math.Min(blocks.Length, at + (int)size + (int)(size & 1));
        return true;
    }
}
