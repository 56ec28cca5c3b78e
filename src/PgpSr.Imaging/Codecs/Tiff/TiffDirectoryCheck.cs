using System.Buffers.Binary;

namespace PgpSr.Imaging.Codecs.Tiff;

/// <summary>
/// Looks at the first directory before LibTiff.NET does: the library allocates as many bytes as an entry claims, whether the file has them or not, plans
/// every strip before it is asked for one, and sorts all tags anew for each that it does not know.
/// Knows both the classic layout (TIFF 6.0, section 2) and BigTIFF's.
/// </summary>
static class TiffDirectoryCheck
{
    const int ClassicEntryLength = 12, BigEntryLength = 20;

    // Entries may share bytes, but honest ones do not by much; without a bound, thousands of entries could each claim the whole file.
    const int Sharing = 2;
    const int AlwaysAllowed = 1 << 16;

    const int SubfileTag = 254, WidthTag = 256, HeightTag = 257, OffsetsTag = 273, SamplesTag = 277, RowsTag = 278, PlanesTag = 284, TileWidthTag = 322, TileHeightTag = 323,
        TileOffsetsTag = 324, SubDirectoriesTag = 330;

    // Strips or tiles that are planned without an offset each in the file: some writers leave offsets out.
    const long PlannedFreely = 1 << 20;

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
        if (count > TiffFields.MaxEntries) Throw.Codec($"its directory has {count} entries, more than {TiffFields.MaxEntries}; the file is damaged");
        if (count < 1 || count * entryLength > fileLength - directory - countLength)
            Throw.Codec("the directory reaches past the end of the file; it is truncated or damaged");

        byte[] entries = new byte[count * entryLength];
        stream.ReadExactly(entries);
        long total = 0, width = 0, height = 0, samples = 1, rows = long.MaxValue, tileWidth = long.MaxValue, tileHeight = long.MaxValue, offsets = 0;
        bool planes = false, reduced = false, others = false;
        for (int at = 0; at < entries.Length; at += entryLength)
        {
            ReadOnlySpan<byte> entry = entries.AsSpan(at, entryLength);
            long values = big ? Read64(entry[4..], bigEndian) : Read32(entry[4..], bigEndian);
            int inline = big ? 8 : 4, unit = Math.Max(1, TypeLength(Read16(entry[2..], bigEndian)));
            if (values < 0 || values > fileLength) Refuse(entry, bigEndian);
            ReadOnlySpan<byte> value = entry[(big ? 12 : 8)..];
            long first = unit switch { 8 => big ? Read64(value, bigEndian) : 0, 2 => Read16(value, bigEndian), 1 => value[0], _ => Read32(value, bigEndian) };
            ushort tag = Read16(entry, bigEndian);
            if (tag is OffsetsTag or TileOffsetsTag) offsets = Math.Max(offsets, values);
            others |= tag == SubDirectoriesTag;
            // Of a tag that is there twice, the worse.
            switch (values == 1 ? tag : 0)
            {
                case SubfileTag: reduced |= (first & 1) != 0; break;
                case WidthTag: width = Math.Max(width, first); break;
                case HeightTag: height = Math.Max(height, first); break;
                case SamplesTag: samples = Math.Max(samples, first); break;
                case RowsTag when first > 0: rows = Math.Min(rows, first); break;
                case PlanesTag: planes |= first == 2; break;
                case TileWidthTag when first > 0: tileWidth = Math.Min(tileWidth, first); break;
                case TileHeightTag when first > 0: tileHeight = Math.Min(tileHeight, first); break;
            }
            long size = values * unit;
            if (size <= inline) continue;
            long offset = big ? Read64(entry[12..], bigEndian) : Read32(entry[8..], bigEndian);
            total += size;
            if (offset < 0 || offset > fileLength - size || total > Sharing * fileLength + AlwaysAllowed) Refuse(entry, bigEndian);
        }
        // The library plans all strips of what the file claims before anybody can ask how large it is.
        limits.CheckSize(width, height);
        long strips = Parts(height, rows), tiles = tileWidth == long.MaxValue && tileHeight == long.MaxValue ? 0 : Parts(width, tileWidth) * Parts(height, tileHeight);
        if (Math.Max(strips, tiles) > Math.Max(offsets, PlannedFreely) / (planes ? Math.Clamp(samples, 1, ushort.MaxValue) : 1) + 1)
            Throw.Codec("it claims more strips or tiles than it has; the file is damaged");
        // DNG and NEF begin with a thumbnail.
        if (reduced && others) Throw.Codec("its first picture is a reduced copy, as in raw photographs; convert it to TIFF or JPEG first");
        stream.Position = start;
        return big && bigEndian;
    }

    static long Parts(long length, long part) => part >= length ? 1 : (length + part - 1) / part;

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
