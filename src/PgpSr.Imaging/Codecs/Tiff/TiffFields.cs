using System.Buffers.Binary;

namespace PgpSr.Imaging.Codecs.Tiff;

/// <summary>
/// Reads directories of a TIFF or BigTIFF straight from the stream, of either byte order. Counts and offsets are checked against the file and a
/// budget before anything is allocated; what does not hold is left out.
/// </summary>
sealed class TiffFields
{
    // EXIF 2.32 knows about a hundred tags.
    public const int MaxEntries = 1000;

    readonly Stream _stream;
    readonly long _start;
    long _budget;

    TiffFields(Stream stream, bool bigEndian, bool big, long first, long budget)
    {
        _stream = stream;
        _start = stream.Position;
        BigEndian = bigEndian;
        IsBig = big;
        First = first;
        _budget = budget;
    }

    public bool BigEndian { get; }

    public bool IsBig { get; }

    /// <summary>Where the main directory is.</summary>
    public long First { get; }

    /// <summary>Whether values were left out because together they exceed what is allowed.</summary>
    public bool Exhausted { get; private set; }

    /// <summary>Reads the header at the stream's position; null where it is none.</summary>
    public static TiffFields? Open(Stream stream, ImageLimits limits)
    {
        long start = stream.Position;
        Span<byte> header = stackalloc byte[16];
        int length = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        stream.Position = start;
        if (length < 8) return null;
        bool bigEndian = header[0] == 'M', big = (header[2] | header[3]) == '+';
        return big && length < header.Length ? null
            : new(stream, bigEndian, big, big ? (long)Number(header[8..], 8, bigEndian) : (long)Number(header[4..], 4, bigEndian),
                limits.MaxMetadataBytes);
    }

    /// <summary>The wanted entries of the directory at an offset, with values in the file's byte order.</summary>
    public List<ExifEntry> Read(long offset, Func<ushort, bool>? wanted = null)
    {
        List<ExifEntry> entries = [];
        int countLength = IsBig ? 8 : 2, entryLength = IsBig ? 20 : 12, inline = IsBig ? 8 : 4;
        byte[] number = new byte[8];
        if (!TryRead(offset, number.AsSpan(0, countLength))) return entries;
        int count = (int)Math.Min(MaxEntries, Number(number, countLength, BigEndian));
        byte[] table = new byte[count * entryLength];
        if (!TryRead(offset + countLength, table)) return entries;
        for (int at = 0; at < table.Length; at += entryLength)
        {
            ReadOnlySpan<byte> entry = table.AsSpan(at, entryLength);
            ushort tag = (ushort)Number(entry, 2, BigEndian), type = (ushort)Number(entry[2..], 2, BigEndian);
            if (wanted is not null && !wanted(tag)) continue;
            ulong values = Number(entry[4..], inline, BigEndian);
            int unit = type is >= 16 and <= 18 ? 8 : Exif.TypeLength(type);
            if (unit == 0 || values is 0 or > int.MaxValue || (long)values * unit > _stream.Length) continue;
            long length = (long)values * unit;
            if (length > _budget)
            {
                Exhausted = true;
                continue;
            }
            byte[] value = new byte[length];
            if (length <= inline) entry.Slice(4 + inline, (int)length).CopyTo(value);
            else if (!TryRead((long)Number(entry[(4 + inline)..], inline, BigEndian), value)) continue;
            _budget -= length;
            entries.Add(new(tag, type, (uint)values, value));
        }
        return entries;
    }

    /// <summary>The directory that an entry points to; the entry is taken out of its list.</summary>
    public List<ExifEntry> Follow(List<ExifEntry> from, ushort tag)
    {
        int i = from.FindIndex(e => e.Tag == tag);
        if (i < 0) return [];
        byte[] value = from[i].Value;
        from.RemoveAll(e => e.Tag == tag);
        return value.Length is 4 or 8 ? Read((long)Number(value, value.Length, BigEndian)) : [];
    }

    bool TryRead(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > _stream.Length - _start - destination.Length) return false;
        _stream.Position = _start + offset;
        _stream.ReadExactly(destination);
        return true;
    }

    static ulong Number(ReadOnlySpan<byte> bytes, int length, bool bigEndian) => length switch
    {
        2 => bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        4 => bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        _ => bigEndian ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes),
    };
}
