using System.Buffers.Binary;

namespace PgpSr.Imaging.Codecs.Tiff;

/// <summary>
/// Looks at the first directory before LibTiff.NET does: the library allocates as many bytes as an entry claims, whether the file has them or not.
/// Knows both the classic layout (TIFF 6.0, section 2) and BigTIFF's.
/// </summary>
static class TiffDirectoryCheck
{
    const int ClassicEntryLength = 12, BigEntryLength = 20;

    // Entries may share bytes, but honest ones do not by much; without a bound, thousands of entries could each claim the whole file.
    const int Sharing = 2;
    const int AlwaysAllowed = 1 << 16;

    const int WidthTag = 256, HeightTag = 257;

    /// <summary>Refuses what asks for too much; answers whether the file is a BigTIFF of big byte order.</summary>
    public static bool Check(Stream stream, ImageLimits limits)
    {
        long start = stream.Position, fileLength = stream.Length - start;
        Span<byte> header = stackalloc byte[16];
        int length = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        if (length < 8) Throw.Truncated("the header");
        bool bigEndian = header[0] == (byte)'M', big = (header[2] | header[3]) == '+';
        if (big && length < header.Length) Throw.Truncated("the header");
        long directory = big ? Read64(header[8..], bigEndian) : Read32(header[4..], bigEndian);
        int countLength = big ? 8 : 2, entryLength = big ? BigEntryLength : ClassicEntryLength;
        if (directory < 8 || directory > fileLength - countLength) Throw.Codec("the directory lies outside the file; it is truncated or damaged");
        Span<byte> number = stackalloc byte[8];
        stream.Position = start + directory;
        stream.ReadExactly(number[..countLength]);
        long count = big ? Read64(number, bigEndian) : Read16(number, bigEndian);
        if (count is < 1 or > ushort.MaxValue || count * entryLength > fileLength - directory - countLength)
            Throw.Codec("the directory reaches past the end of the file; it is truncated or damaged");

        byte[] entries = new byte[count * entryLength];
        stream.ReadExactly(entries);
        long total = 0, width = 0, height = 0;
        for (int at = 0; at < entries.Length; at += entryLength)
        {
            ReadOnlySpan<byte> entry = entries.AsSpan(at, entryLength);
            long values = big ? Read64(entry[4..], bigEndian) : Read32(entry[4..], bigEndian);
            int inline = big ? 8 : 4, unit = Math.Max(1, TypeLength(Read16(entry[2..], bigEndian)));
            if (values < 0 || values > fileLength) Refuse(entry, bigEndian);
            if (Read16(entry, bigEndian) is WidthTag or HeightTag && values == 1)
            {
                ReadOnlySpan<byte> value = entry[(big ? 12 : 8)..];
                long side = unit switch { 8 => Read64(value, bigEndian), 2 => Read16(value, bigEndian), _ => Read32(value, bigEndian) };
                (width, height) = Read16(entry, bigEndian) == WidthTag ? (side, height) : (width, side);
            }
            long size = values * unit;
            if (size <= inline) continue;
            long offset = big ? Read64(entry[12..], bigEndian) : Read32(entry[8..], bigEndian);
            total += size;
            if (offset < 0 || offset > fileLength - size || total > Sharing * fileLength + AlwaysAllowed) Refuse(entry, bigEndian);
        }
        // The library plans all strips of what the file claims before anybody can ask how large it is.
        limits.CheckSize(width, height);
        stream.Position = start;
        return big && bigEndian;
    }

    static void Refuse(ReadOnlySpan<byte> entry, bool bigEndian) =>
        Throw.Codec($"the values of tag {Read16(entry, bigEndian)} reach past the end of the file; it is truncated or damaged");

    // BigTIFF adds 16 to 18, of 8 bytes.
    public static int TypeLength(ushort type) => type is >= 16 and <= 18 ? 8 : Exif.TypeLength(type);

    static ushort Read16(ReadOnlySpan<byte> bytes, bool big) =>
        big ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    static long Read32(ReadOnlySpan<byte> bytes, bool big) =>
        big ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    static long Read64(ReadOnlySpan<byte> bytes, bool big) =>
        big ? BinaryPrimitives.ReadInt64BigEndian(bytes) : BinaryPrimitives.ReadInt64LittleEndian(bytes);
}
