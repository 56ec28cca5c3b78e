using System.Buffers.Binary;
using System.Text;

namespace PgpSr.Imaging.Codecs.Tiff;

/// <summary>The fields of a directory that is to be written, little-endian.</summary>
sealed class TiffFieldList
{
    const ushort ByteType = 1, UndefinedType = 7, LongType8 = 16, UserCommentTag = 0x9286, DirectoryType = 13;

    readonly List<ExifEntry> _main = [];
    ExifDirectories _exif = new([], [], [], [], false);

    public void AddShort(ushort tag, params ReadOnlySpan<ushort> values)
    {
        byte[] bytes = new byte[2 * values.Length];
        for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * i), values[i]);
        _main.Add(new(tag, Exif.ShortType, (uint)values.Length, bytes));
    }

    public void AddLong(ushort tag, int value) => AddOffsets(tag, [value], big: false);

    public void AddOffsets(ushort tag, IReadOnlyList<long> values, bool big)
    {
        byte[] bytes = [.. values.SelectMany(value => TiffDirectoryBytes.Number(value, big ? 8 : 4, bigEndian: false))];
        _main.Add(new(tag, big ? LongType8 : Exif.LongType, (uint)values.Count, bytes));
    }

    void AddBytes(ushort tag, ushort type, byte[] value) => _main.Add(new(tag, type, (uint)value.Length, value));

    void AddText(ushort tag, string? text)
    {
        // A zero would end it.
        if (!string.IsNullOrEmpty(text)) AddBytes(tag, Exif.AsciiType, [.. Encoding.UTF8.GetBytes(text.Replace('\0', ' ')), 0]);
    }

    /// <summary>Adds all that metadata hold; names what has no place in TIFF.</summary>
    public void AddMetadata(ImageMetadata metadata)
    {
        if (metadata.IccProfile is { } icc) AddBytes(TiffTags.IccProfile, UndefinedType, icc);
        if (metadata.Xmp is { } xmp) AddBytes(TiffTags.Xmp, ByteType, xmp);
        if (metadata.Iptc is { } iptc)
        {
            // By custom its type is of 4 bytes; zeros fill the last.
            byte[] padded = [.. iptc, .. new byte[-iptc.Length & 3]];
            _main.Add(new(TiffTags.Iptc, Exif.LongType, (uint)padded.Length / 4, padded));
        }
        if (metadata.PhotoshopResources is { } blocks) AddBytes(TiffTags.Photoshop, ByteType, blocks);
        if (metadata.Resolution is { } resolution) AddResolution(resolution);
        OutgoingMetadata.LosePngColor(metadata);
        (string? description, string? items) = TiffTexts.Split(metadata);
        AddText(TiffTags.Description, description);
        AddText(TiffTags.GdalMetadata, items);
        AddText(TiffTags.Software, metadata.FindText("Software"));
        if (metadata.Exif is { } exif && Exif.IsValid(exif)) AddExif(exif, metadata);
    }

    void AddResolution(ImageResolution resolution)
    {
        ResolutionUnit unit = resolution.Unit == ResolutionUnit.Meter ? ResolutionUnit.Centimeter : resolution.Unit;
        resolution = resolution.In(unit);
        AddRational(TiffTags.XResolution, resolution.Horizontal);
        AddRational(TiffTags.YResolution, resolution.Vertical);
        ushort code = unit switch
        {
            ResolutionUnit.Inch => 2,
            ResolutionUnit.Centimeter => 3,
            _ => 1,
        };
        AddShort(TiffTags.ResolutionUnit, code);
    }

    void AddRational(ushort tag, double value)
    {
        byte[] bytes = new byte[8];
        (uint numerator, uint denominator) = Exif.Rational(value);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, numerator);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), denominator);
        _main.Add(new(tag, Exif.RationalType, 1, bytes));
    }

    void AddExif(byte[] exif, ImageMetadata metadata)
    {
        _exif = ExifDirectories.Read(exif);
        ExifThumbnail.Remove(exif, out bool thumbnail);
        if (thumbnail) metadata.Lose("the EXIF thumbnail");
        foreach (List<ExifEntry> entries in (List<ExifEntry>[])[_exif.Main, _exif.Exif, _exif.Gps, _exif.Interoperability])
        {
            // It points to something in the block that it came from.
            foreach (ExifEntry e in entries.Where(e => e.Type == DirectoryType)) metadata.Lose($"EXIF tag 0x{e.Tag:X4}");
            entries.RemoveAll(e => e.Type == DirectoryType);
            if (_exif.BigEndian)
                for (int i = 0; i < entries.Count; i++) entries[i] = LittleEndian(entries[i]);
        }
        HashSet<ushort> there = [.. _main.Select(e => e.Tag)];
        _main.AddRange(_exif.Main.Where(e => !TiffTags.IsAboutStorage(e.Tag) && !there.Contains(e.Tag)));
    }

    static ExifEntry LittleEndian(ExifEntry e)
    {
        byte[] value = (byte[])e.Value.Clone();
        // Rationals are two numbers of 4 bytes; a comment in UTF-16 follows the byte order of its block.
        bool comment = e.Tag == UserCommentTag && value.AsSpan().StartsWith("UNICODE\0"u8);
        int unit = comment ? 2 : e.Type is Exif.RationalType or 10 ? 4 : Exif.TypeLength(e.Type);
        for (int i = comment ? 8 : 0; i + unit <= value.Length; i += unit) value.AsSpan(i, unit).Reverse();
        return e with { Value = value };
    }

    /// <summary>The directory and those it points to, to stand at an offset.</summary>
    public byte[] ToBytes(long offset, bool big) =>
        TiffDirectoryBytes.Build(_main, _exif.Exif, _exif.Gps, _exif.Interoperability, offset, bigEndian: false, big);
}
