using System.Buffers.Binary;

namespace PgpSr.Imaging;

/// <summary>Writes TIFF directories with their values, in the classic layout (TIFF 6.0, section 2) and in BigTIFF's.</summary>
static class TiffDirectoryBytes
{
    /// <summary>
    /// A main directory, to stand at an offset of a file, followed by the EXIF, GPS and interoperability directories that it points to.
    /// </summary>
    /// <param name="main">Entries, values in the given byte order.</param>
    /// <param name="exif">Entries of the EXIF directory; none for no directory.</param>
    /// <param name="gps">Entries of the GPS directory.</param>
    /// <param name="interoperability">Entries of the directory that the EXIF directory points to.</param>
    /// <param name="offset">Where the bytes will stand.</param>
    /// <param name="bigEndian">The byte order.</param>
    /// <param name="big">Whether it is a BigTIFF.</param>
    public static byte[] Build(IReadOnlyList<ExifEntry> main, IReadOnlyList<ExifEntry> exif, IReadOnlyList<ExifEntry> gps,
        IReadOnlyList<ExifEntry> interoperability, long offset, bool bigEndian, bool big)
    {
        List<ExifEntry> first = [.. main], second = [.. exif];
        if (interoperability.Count > 0) second.Add(Pointer(Exif.InteroperabilityTag, 0));
        if (second.Count > 0) first.Add(Pointer(Exif.ExifDirectoryTag, 0));
        if (gps.Count > 0) first.Add(Pointer(Exif.GpsDirectoryTag, 0));
        long exifAt = offset + Length(first, big), gpsAt = exifAt + Length(second, big), interoperabilityAt = gpsAt + Length(gps, big);
        Set(first, Exif.ExifDirectoryTag, exifAt);
        Set(first, Exif.GpsDirectoryTag, gpsAt);
        if (interoperability.Count > 0) Set(second, Exif.InteroperabilityTag, interoperabilityAt);
        return
        [
            .. Directory(first, offset, bigEndian, big), .. Directory(second, exifAt, bigEndian, big), .. Directory(gps, gpsAt, bigEndian, big),
            .. Directory(interoperability, interoperabilityAt, bigEndian, big),
        ];

        ExifEntry Pointer(ushort tag, long at) => new(tag, big ? BigPointerType : Exif.LongType, 1, Number(at, big ? 8 : 4, bigEndian));

        void Set(List<ExifEntry> entries, ushort tag, long at)
        {
            int i = entries.FindIndex(e => e.Tag == tag);
            if (i >= 0) entries[i] = Pointer(tag, at);
        }
    }

    // IFD8 of BigTIFF.
    const ushort BigPointerType = 18;

    /// <summary>Bytes of a directory with its values; 0 for no entries.</summary>
    static long Length(List<ExifEntry> entries, bool big)
    {
        if (entries.Count == 0) return 0;
        long length = TableLength(entries.Count, big);
        foreach (ExifEntry e in entries)
            if (e.Value.Length > (big ? 8 : 4)) length += e.Value.Length + (e.Value.Length & 1);
        return length;
    }

    static long Length(IReadOnlyList<ExifEntry> entries, bool big) => Length([.. entries], big);

    static int TableLength(int count, bool big) => big ? 8 + 20 * count + 8 : 2 + 12 * count + 4;

    static byte[] Directory(IReadOnlyList<ExifEntry> entries, long offset, bool bigEndian, bool big)
    {
        if (entries.Count == 0) return [];
        byte[] bytes = new byte[checked((int)Length(entries, big))];
        int countLength = big ? 8 : 2, entryLength = big ? 20 : 12, inline = big ? 8 : 4;
        Number(entries.Count, countLength, bigEndian).CopyTo(bytes, 0);
        int at = countLength, values = TableLength(entries.Count, big);
        foreach (ExifEntry e in entries.OrderBy(e => e.Tag))
        {
            Number(e.Tag, 2, bigEndian).CopyTo(bytes, at);
            Number(e.Type, 2, bigEndian).CopyTo(bytes, at + 2);
            Number(e.Count, inline, bigEndian).CopyTo(bytes, at + 4);
            if (e.Value.Length <= inline)
            {
                e.Value.CopyTo(bytes, at + 4 + inline);
            }
            else
            {
                Number(offset + values, inline, bigEndian).CopyTo(bytes, at + 4 + inline);
                e.Value.CopyTo(bytes, values);
                values += e.Value.Length + (e.Value.Length & 1);
            }
            at += entryLength;
        }
        return bytes;
    }

    /// <summary>A number in 2, 4 or 8 bytes.</summary>
    public static byte[] Number(long value, int length, bool bigEndian)
    {
        byte[] bytes = new byte[8];
        if (bigEndian) BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        else BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bigEndian ? bytes[^length..] : bytes[..length];
    }
}
