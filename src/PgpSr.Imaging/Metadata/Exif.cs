using System.Buffers.Binary;
using System.Text;

namespace PgpSr.Imaging;

/// <summary>
/// Reads and patches EXIF blocks (TIFF 6.0 structure, EXIF 2.32 tags). Known tags are patched in place, because maker notes hold offsets that moving
/// would break. Damaged blocks are left as they are: the answer is then "unknown".
/// </summary>
static class Exif
{
    public const ushort DescriptionTag = 0x010E, OrientationTag = 0x0112, SoftwareTag = 0x0131, ExifDirectoryTag = 0x8769, GpsDirectoryTag = 0x8825,
        InteroperabilityTag = 0xA005, MakerNoteTag = 0x927C;
    public const ushort ShortType = 3, LongType = 4, AsciiType = 2, RationalType = 5;
    public const int HeaderLength = 8, EntryLength = 12;
    const ushort WidthTag = 0x0100, HeightTag = 0x0101, PixelWidthTag = 0xA002, PixelHeightTag = 0xA003, RelatedWidthTag = 0x1001,
        RelatedHeightTag = 0x1002;

    // Honest entries share no bytes; without a bound, thousands of them could each claim the whole block.
    const int Sharing = 2, AlwaysAllowed = 1 << 16;

    // EXIF 2.32 knows about a hundred tags.
    const int MaxEntries = 10_000;

    // Lengths of TIFF types 1 to 13.
    static ReadOnlySpan<byte> TypeLengths => [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];

    /// <summary>Bytes of one value of a TIFF type; 0 for an unknown type.</summary>
    public static int TypeLength(ushort type) => type < TypeLengths.Length ? TypeLengths[type] : 0;

    public static bool IsValid(ReadOnlySpan<byte> exif) =>
        exif.Length >= HeaderLength && (exif.StartsWith("II*\0"u8) || exif.StartsWith("MM\0*"u8));

    public static bool IsBigEndian(ReadOnlySpan<byte> exif) => exif[0] == (byte)'M';

    public static ImageOrientation ReadOrientation(ReadOnlySpan<byte> exif)
    {
        int at = FindInMain(exif, OrientationTag);
        int value = at < 0 ? 1 : ReadShort(exif, at + 8);
        return value is >= 1 and <= 8 ? (ImageOrientation)value : ImageOrientation.TopLeft;
    }

    /// <summary>A copy that says "upright".</summary>
    public static byte[] Upright(ReadOnlySpan<byte> exif)
    {
        byte[] copy = exif.ToArray();
        int at = FindInMain(copy, OrientationTag);
        if (at >= 0) WriteShort(copy, at + 8, (ushort)ImageOrientation.TopLeft);
        return copy;
    }

    /// <summary>A copy whose pixel dimension tags, where it has them, say this size.</summary>
    public static byte[] WithSize(ReadOnlySpan<byte> exif, int width, int height)
    {
        byte[] copy = exif.ToArray();
        Patch(copy, FindInMain(copy, WidthTag), width);
        Patch(copy, FindInMain(copy, HeightTag), height);
        int pointer = FindInMain(copy, ExifDirectoryTag);
        if (pointer < 0) return copy;
        uint directory = ReadLong(copy, pointer + 8);
        Patch(copy, Find(copy, directory, PixelWidthTag), width);
        Patch(copy, Find(copy, directory, PixelHeightTag), height);
        pointer = Find(copy, directory, InteroperabilityTag);
        if (pointer < 0) return copy;
        directory = ReadLong(copy, pointer + 8);
        Patch(copy, Find(copy, directory, RelatedWidthTag), width);
        Patch(copy, Find(copy, directory, RelatedHeightTag), height);
        return copy;
    }

    static void Patch(byte[] exif, int at, int value)
    {
        if (at < 0) return;
        if (ReadShort(exif, at + 2) == LongType) WriteLong(exif, at + 8, (uint)value);
        else if (value <= ushort.MaxValue) WriteShort(exif, at + 8, (ushort)value);
    }

    /// <summary>A copy whose main directory holds this text; the directory is written anew at the end, everything else stays where it is.</summary>
    public static byte[] WithText(ReadOnlySpan<byte> exif, ushort tag, string text)
    {
        byte[] value = [.. Encoding.UTF8.GetBytes(text), 0];
        if (!IsValid(exif)) return ExifDirectories.Build([new(tag, AsciiType, (uint)value.Length, value)], [], [], [], bigEndian: false);
        int main = CheckedOffset(exif, ReadLong(exif, 4), 2);
        int count = main < 0 ? 0 : ReadShort(exif, main);
        if (main < 0 || CheckedOffset(exif, (uint)main, 2 + count * EntryLength + 4) < 0 || count == ushort.MaxValue) return exif.ToArray();

        using MemoryStream stream = new();
        stream.Write(exif);
        if (stream.Length % 2 != 0) stream.WriteByte(0);
        uint valueOffset = (uint)stream.Length;
        stream.Write(value);
        if (stream.Length % 2 != 0) stream.WriteByte(0);
        uint directory = (uint)stream.Length;

        byte[] entry = new byte[EntryLength];
        bool big = IsBigEndian(exif);
        Write16(entry, 0, tag, big);
        Write16(entry, 2, AsciiType, big);
        Write32(entry, 4, (uint)value.Length, big);
        if (value.Length <= 4) value.CopyTo(entry, 8);
        else Write32(entry, 8, valueOffset, big);

        List<byte[]> entries = [];
        for (int i = 0; i < count; i++)
            if (ReadShort(exif, main + 2 + i * EntryLength) != tag) entries.Add(exif.Slice(main + 2 + i * EntryLength, EntryLength).ToArray());
        int place = entries.FindIndex(e => Read16(e, 0, big) > tag);
        entries.Insert(place < 0 ? entries.Count : place, entry);

        byte[] number = new byte[2];
        Write16(number, 0, (ushort)entries.Count, big);
        stream.Write(number);
        foreach (byte[] e in entries) stream.Write(e);
        stream.Write(exif.Slice(main + 2 + count * EntryLength, 4));
        byte[] result = stream.ToArray();
        Write32(result, 4, directory, big);
        return result;
    }

    /// <summary>Takes an entry out of a directory; what follows it moves up, and values stay where they are.</summary>
    public static void RemoveEntry(byte[] exif, uint directory, ushort tag)
    {
        int entry = FindAny(exif, directory, tag), at = CheckedOffset(exif, directory, 2);
        if (entry < 0) return;
        int count = ReadShort(exif, at), end = Math.Min(exif.Length, at + 2 + count * EntryLength + 4);
        exif.AsSpan((entry + EntryLength)..end).CopyTo(exif.AsSpan(entry));
        exif.AsSpan(end - EntryLength, EntryLength).Clear();
        WriteShort(exif, at, (ushort)(count - 1));
    }

    /// <summary>The entries of the directory at an offset; empty if it is damaged. Values that lie outside the block are left out.</summary>
    public static List<ExifEntry> ReadDirectory(ReadOnlySpan<byte> exif, uint offset)
    {
        List<ExifEntry> entries = [];
        long budget = (long)Sharing * exif.Length + AlwaysAllowed;
        int at = CheckedOffset(exif, offset, 2);
        int count = at < 0 ? 0 : Math.Min(MaxEntries, (int)ReadShort(exif, at));
        for (int i = 0; i < count; i++)
        {
            int entry = CheckedOffset(exif, (uint)(at + 2 + i * EntryLength), EntryLength);
            if (entry < 0) break;
            ushort type = ReadShort(exif, entry + 2);
            uint number = ReadLong(exif, entry + 4);
            long length = TypeLength(type) * (long)number;
            if (length is 0 or > int.MaxValue) continue;
            int value = length <= 4 ? entry + 8 : CheckedOffset(exif, ReadLong(exif, entry + 8), (int)length);
            if (value >= 0 && (budget -= length) >= 0)
                entries.Add(new(ReadShort(exif, entry), type, number, exif.Slice(value, (int)length).ToArray()));
        }
        return entries;
    }

    /// <summary>The main directory; empty if it is damaged.</summary>
    public static List<ExifEntry> ReadMain(ReadOnlySpan<byte> exif) => IsValid(exif) ? ReadDirectory(exif, ReadLong(exif, 4)) : [];

    /// <summary>The text of an entry of the main directory, or null.</summary>
    public static string? ReadText(ReadOnlySpan<byte> exif, ushort tag)
    {
        foreach (ExifEntry e in ReadMain(exif))
            if (e.Tag == tag && e.Type == AsciiType) return MetadataText.Decode(e.Value.AsSpan().TrimEnd((byte)0));
        return null;
    }

    /// <summary>The directory a pointer in the main directory leads to.</summary>
    public static List<ExifEntry> ReadSubdirectory(ReadOnlySpan<byte> exif, ushort pointerTag)
    {
        int at = FindInMain(exif, pointerTag);
        return at < 0 ? [] : ReadDirectory(exif, ReadLong(exif, at + 8));
    }

    /// <summary>A new block from entries whose values are in the given byte order.</summary>
    public static byte[] Build(IReadOnlyList<ExifEntry> main, IReadOnlyList<ExifEntry> exif, IReadOnlyList<ExifEntry> gps, bool bigEndian) =>
        ExifDirectories.Build(main, exif, gps, [], bigEndian);

    public static int FindInMain(ReadOnlySpan<byte> exif, ushort tag) => IsValid(exif) ? Find(exif, ReadLong(exif, 4), tag) : -1;

    /// <summary>Where a rational of the main directory stands, or -1.</summary>
    public static int FindRational(ReadOnlySpan<byte> exif, ushort tag) => IsValid(exif) ? FindRational(exif, ReadLong(exif, 4), tag) : -1;

    /// <summary>Where a rational of a directory stands, or -1.</summary>
    public static int FindRational(ReadOnlySpan<byte> exif, uint directory, ushort tag)
    {
        int at = FindAny(exif, directory, tag);
        return at >= 0 && ReadShort(exif, at + 2) == RationalType ? CheckedOffset(exif, ReadLong(exif, at + 8), 8) : -1;
    }

    /// <summary>A number to a thousandth, or to whole numbers where that has too many digits.</summary>
    public static (uint Numerator, uint Denominator) Rational(double value)
    {
        const int thousand = 1000;
        uint denominator = value * thousand <= uint.MaxValue && value != Math.Round(value) ? thousand : 1u;
        return ((uint)Math.Clamp(Math.Round(value * denominator), 0, uint.MaxValue), denominator);
    }

    /// <summary>Writes a rational, as exactly as <see cref="Rational"/> says.</summary>
    public static void WriteRational(byte[] exif, int at, double value)
    {
        (uint numerator, uint denominator) = Rational(value);
        WriteLong(exif, at, numerator);
        WriteLong(exif, at + 4, denominator);
    }

    /// <summary>Where the entry starts, or -1 where there is none of a number.</summary>
    public static int Find(ReadOnlySpan<byte> exif, uint directory, ushort tag)
    {
        int entry = FindAny(exif, directory, tag);
        return entry >= 0 && ReadShort(exif, entry + 2) is ShortType or LongType ? entry : -1;
    }

    /// <summary>Where the entry starts, or -1.</summary>
    public static int FindAny(ReadOnlySpan<byte> exif, uint directory, ushort tag)
    {
        int at = CheckedOffset(exif, directory, 2);
        int count = at < 0 ? 0 : ReadShort(exif, at);
        for (int i = 0; i < count; i++)
        {
            int entry = CheckedOffset(exif, (uint)(at + 2 + i * EntryLength), EntryLength);
            if (entry < 0) return -1;
            if (ReadShort(exif, entry) == tag) return entry;
        }
        return -1;
    }

    public static int CheckedOffset(ReadOnlySpan<byte> exif, uint offset, int length) => offset + (long)length <= exif.Length ? (int)offset : -1;

    public static ushort ReadShort(ReadOnlySpan<byte> exif, int at) => Read16(exif, at, IsBigEndian(exif));

    public static uint ReadLong(ReadOnlySpan<byte> exif, int at) =>
        IsBigEndian(exif) ? BinaryPrimitives.ReadUInt32BigEndian(exif[at..]) : BinaryPrimitives.ReadUInt32LittleEndian(exif[at..]);

    public static void WriteShort(Span<byte> exif, int at, ushort value) => Write16(exif, at, value, IsBigEndian(exif));

    public static void WriteLong(Span<byte> exif, int at, uint value) => Write32(exif, at, value, IsBigEndian(exif));

    public static ushort Read16(ReadOnlySpan<byte> bytes, int at, bool big) =>
        big ? BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]) : BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    public static void Write16(Span<byte> bytes, int at, ushort value, bool big)
    {
        if (big) BinaryPrimitives.WriteUInt16BigEndian(bytes[at..], value);
        else BinaryPrimitives.WriteUInt16LittleEndian(bytes[at..], value);
    }

    public static void Write32(Span<byte> bytes, int at, uint value, bool big)
    {
        if (big) BinaryPrimitives.WriteUInt32BigEndian(bytes[at..], value);
        else BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], value);
    }
}
