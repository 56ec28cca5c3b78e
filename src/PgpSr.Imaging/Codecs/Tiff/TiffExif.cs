using System.Buffers.Binary;

namespace PgpSr.Imaging.Codecs.Tiff;

/// <summary>EXIF in a TIFF is directories of the file itself. Reading gathers them into a block like those of JPEG and PNG; writing puts them
/// back.</summary>
static class TiffExif
{
    // EXIF 2.32 knows about a hundred tags.
    const int MaxEntries = 1000, EntryLength = 12;

    /// <summary>Tags of the main directory that tell about the photograph, not about how its pixels are stored: make, model, date, artist,
    /// copyright.</summary>
    public static ReadOnlySpan<ushort> Carried => [0x010F, 0x0110, 0x0132, 0x013B, 0x8298];

    public static byte[]? Read(Stream stream, ImageLimits limits)
    {
        long start = stream.Position;
        Span<byte> header = stackalloc byte[8];
        if (stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length || !Exif.IsValid(header))
            return null;
        bool big = Exif.IsBigEndian(header);
        int budget = limits.MaxMetadataBytes;
        List<ExifEntry> main = ReadDirectory(stream, start, Read32(header, 4, big), big, carriedOnly: true, ref budget);
        List<ExifEntry> exif = Follow(Exif.ExifDirectoryTag, ref budget), gps = Follow(Exif.GpsDirectoryTag, ref budget);
        main.RemoveAll(e => e.Tag is Exif.ExifDirectoryTag or Exif.GpsDirectoryTag);
        return exif.Count + gps.Count == 0 ? null : Exif.Build(main, exif, gps, big);

        List<ExifEntry> Follow(ushort tag, ref int budget)
        {
            int i = main.FindIndex(e => e.Tag == tag && e.Value.Length >= 4);
            return i < 0 ? [] : ReadDirectory(stream, start, Read32(main[i].Value, 0, big), big, carriedOnly: false, ref budget);
        }
    }

    static List<ExifEntry> ReadDirectory(Stream stream, long start, uint offset, bool big, bool carriedOnly, ref int budget)
    {
        List<ExifEntry> entries = [];
        Span<byte> number = stackalloc byte[2];
        if (!TryRead(stream, start + offset, number))
            return entries;
        int count = Math.Min(MaxEntries, (int)(big ? BinaryPrimitives.ReadUInt16BigEndian(number) : BinaryPrimitives.ReadUInt16LittleEndian(number)));
        byte[] table = new byte[count * EntryLength];
        if (!TryRead(stream, start + offset + 2, table))
            return entries;
        for (int at = 0; at < table.Length; at += EntryLength)
        {
            ushort tag = Read16(table, at, big), type = Read16(table, at + 2, big);
            if (carriedOnly && !Carried.Contains(tag) && tag is not (Exif.ExifDirectoryTag or Exif.GpsDirectoryTag))
                continue;
            uint values = Read32(table, at + 4, big);
            long length = Exif.TypeLength(type) * (long)values;
            if (length is 0 || length > budget || length > stream.Length)
                continue;
            byte[] value = new byte[length];
            if (length <= 4)
                table.AsSpan(at + 8, (int)length).CopyTo(value);
            else if (!TryRead(stream, start + Read32(table, at + 8, big), value))
                continue;
            budget -= (int)length;
            entries.Add(new(tag, type, values, value));
        }
        return entries;
    }

    /// <summary>Entries of a block, with their values in little-endian order.</summary>
    public static List<ExifEntry> LittleEndian(List<ExifEntry> entries, bool bigEndian)
    {
        if (!bigEndian)
            return entries;
        return entries.ConvertAll(e =>
        {
            byte[] value = (byte[])e.Value.Clone();
            // Rationals are two numbers of 4 bytes.
            int unit = e.Type is 5 or 10 ? 4 : Exif.TypeLength(e.Type);
            for (int i = 0; i + unit <= value.Length; i += unit)
                value.AsSpan(i, unit).Reverse();
            return e with { Value = value };
        });
    }

    static bool TryRead(Stream stream, long position, Span<byte> destination)
    {
        if (position > stream.Length - destination.Length)
            return false;
        stream.Position = position;
        stream.ReadExactly(destination);
        return true;
    }

    static ushort Read16(ReadOnlySpan<byte> bytes, int at, bool big) =>
        big ? BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]) : BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    static uint Read32(ReadOnlySpan<byte> bytes, int at, bool big) =>
        big ? BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]) : BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);
}
