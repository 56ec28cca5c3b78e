using System.Buffers.Binary;

namespace PgpSr.Imaging;

/// <summary>
/// The directories of an EXIF block apart from its thumbnail, with their values; pointers between directories are left out, for they are made anew
/// when a block is built.
/// </summary>
sealed record ExifDirectories(List<ExifEntry> Main, List<ExifEntry> Exif, List<ExifEntry> Gps, List<ExifEntry> Interoperability, bool BigEndian)
{
    /// <summary>Of a block; empty where it is damaged.</summary>
    public static ExifDirectories Read(ReadOnlySpan<byte> block)
    {
        if (!Imaging.Exif.IsValid(block)) return new([], [], [], [], false);
        bool big = Imaging.Exif.IsBigEndian(block);
        List<ExifEntry> main = Imaging.Exif.ReadMain(block);
        List<ExifEntry> exif = Follow(block, main, Imaging.Exif.ExifDirectoryTag, big);
        List<ExifEntry> gps = Follow(block, main, Imaging.Exif.GpsDirectoryTag, big);
        List<ExifEntry> interoperability = Follow(block, exif, Imaging.Exif.InteroperabilityTag, big);
        return new(main, exif, gps, interoperability, big);
    }

    static List<ExifEntry> Follow(ReadOnlySpan<byte> block, List<ExifEntry> from, ushort tag, bool big)
    {
        int i = from.FindIndex(e => e.Tag == tag);
        if (i < 0) return [];
        byte[] value = from[i].Value;
        from.RemoveAll(e => e.Tag == tag);
        if (value.Length != 4) return [];
        return Imaging.Exif.ReadDirectory(block, big ? BinaryPrimitives.ReadUInt32BigEndian(value) : BinaryPrimitives.ReadUInt32LittleEndian(value));
    }

    /// <summary>Whether all entries are the same.</summary>
    public bool Matches(ExifDirectories other) =>
        BigEndian == other.BigEndian && Same(Main, other.Main) && Same(Exif, other.Exif) && Same(Gps, other.Gps)
            && Same(Interoperability, other.Interoperability);

    static bool Same(List<ExifEntry> a, List<ExifEntry> b) => a.Count == b.Count && a.Zip(b).All(pair =>
        pair.First.Tag == pair.Second.Tag && pair.First.Type == pair.Second.Type && pair.First.Value.AsSpan().SequenceEqual(pair.Second.Value));

    /// <summary>A new block.</summary>
    public byte[] Build() => Build(Main, Exif, Gps, Interoperability, BigEndian);

    /// <summary>A new block from entries whose values are in the given byte order.</summary>
    public static byte[] Build(IReadOnlyList<ExifEntry> main, IReadOnlyList<ExifEntry> exif, IReadOnlyList<ExifEntry> gps,
        IReadOnlyList<ExifEntry> interoperability, bool bigEndian)
    {
        byte[] header = bigEndian ? "MM\0*\0\0\0\u0008"u8.ToArray() : "II*\0\u0008\0\0\0"u8.ToArray();
        return [.. header, .. TiffDirectoryBytes.Build(main, exif, gps, interoperability, (uint)header.Length, bigEndian, big: false)];
    }
}
