namespace PgpSr.Imaging;

/// <summary>The small picture in an EXIF block's second directory (EXIF 2.32, 4.5.5).</summary>
static class ExifThumbnail
{
    const ushort JpegOffset = 0x0201, JpegLength = 0x0202, StripOffsets = 0x0111, StripLengths = 0x0117;

    /// <summary>
    /// A copy without it. Its bytes are overwritten as well: a thumbnail that nothing points to can still be carved out of a file.
    /// </summary>
    /// <param name="exif">The block.</param>
    /// <param name="found">Whether there was one.</param>
    public static byte[] Remove(ReadOnlySpan<byte> exif, out bool found)
    {
        byte[] copy = exif.ToArray();
        int pointer = NextPointer(exif);
        uint second = pointer < 0 ? 0 : Exif.ReadLong(exif, pointer);
        found = second != 0;
        if (!found) return copy;
        var before = ExifDirectories.Read(exif);
        copy.AsSpan(pointer, 4).Clear();
        List<ExifEntry> entries = Exif.ReadDirectory(exif, second);
        List<uint> offsets = [.. Numbers(entries, JpegOffset, exif), .. Numbers(entries, StripOffsets, exif)];
        List<uint> lengths = [.. Numbers(entries, JpegLength, exif), .. Numbers(entries, StripLengths, exif)];
        int end = copy.Length;
        foreach ((uint offset, uint length) in offsets.Zip(lengths))
        {
            if (offset > exif.Length || length > exif.Length - offset) continue;
            copy.AsSpan((int)offset, (int)length).Clear();
            // The usual place is the end of the block, where there may be a byte of padding.
            if (offset + length >= exif.Length - 1) end = Math.Min(end, (int)offset);
        }
        if (Exif.CheckedOffset(exif, second, 2) is >= 0 and int at)
            copy.AsSpan(at, Math.Min(copy.Length - at, 2 + Exif.ReadShort(exif, at) * Exif.EntryLength + 4)).Clear();
        copy = copy[..end];
        // Where other entries' values lay among these bytes, they are written anew.
        return ExifDirectories.Read(copy).Matches(before) ? copy : before.Build();
    }

    // Where the main directory says which directory comes next, or -1.
    static int NextPointer(ReadOnlySpan<byte> exif)
    {
        int main = Exif.IsValid(exif) ? Exif.CheckedOffset(exif, Exif.ReadLong(exif, 4), 2) : -1;
        return main < 0 ? -1 : Exif.CheckedOffset(exif, (uint)(main + 2 + Exif.ReadShort(exif, main) * Exif.EntryLength), 4);
    }

    static IEnumerable<uint> Numbers(List<ExifEntry> entries, ushort tag, ReadOnlySpan<byte> exif)
    {
        bool big = Exif.IsBigEndian(exif);
        List<uint> numbers = [];
        foreach (ExifEntry e in entries)
            if (e.Tag == tag && e.Type is Exif.ShortType or Exif.LongType)
                for (int at = 0; at < e.Value.Length; at += e.Type == Exif.LongType ? 4 : 2)
                    numbers.Add(e.Type == Exif.LongType ? Read32(e.Value, at, big) : Exif.Read16(e.Value, at, big));
        return numbers;
    }

    static uint Read32(byte[] value, int at, bool big) => big
        ? System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(value.AsSpan(at))
        : System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(value.AsSpan(at));
}
