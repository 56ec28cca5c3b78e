namespace PgpSr.Imaging.Codecs.Jpeg;

/// <summary>What stands in a JPEG file after its picture: second pictures, the videos of motion photos, makers' records.</summary>
static class JpegTrailer
{
    const byte EndOfImage = 0xD9, StuffedZero = 0, FirstRestart = 0xD0, LastRestart = 0xD7, Filler = 0xFF;

    public const string SecondPicture = "a second picture";

    // Padding to a block of a file system or memory card says nothing.
    const int MaxUnnamed = 16;

    /// <summary>The name of what follows the picture that begins at a place, or null; the stream's position is kept.</summary>
    public static string? Find(Stream stream, long start)
    {
        long position = stream.Position;
        try
        {
            long end = FindEnd(stream, start);
            return end < 0 ? null : Name(stream, end);
        }
        finally
        {
            stream.Position = position;
        }
    }

    static string? Name(Stream stream, long end)
    {
        long length = stream.Length - end;
        if (length <= MaxUnnamed) return null;
        byte[] head = new byte[Math.Min(length, 4096)], tail = new byte[4];
        stream.Position = end;
        stream.ReadExactly(head);
        stream.Position = stream.Length - tail.Length;
        stream.ReadExactly(tail);
        ReadOnlySpan<byte> found = head.AsSpan().TrimStart((byte)0);
        if (found.IsEmpty) return null;
        if (found.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])) return SecondPicture;
        if (found.IndexOf("ftyp"u8) is >= 0 and < 64) return Xmp.Video;
        return tail.AsSpan().SequenceEqual("SEFT"u8) ? $"Samsung's records after the picture ({MetadataText.Size(length)})"
            : $"{MetadataText.Size(length)} after the end of the picture";
    }

    // Segments are passed over by their length; what lies between them and after a scan's header is searched for marks.
    static long FindEnd(Stream stream, long start)
    {
        byte[] block = new byte[1 << 16];
        int at = 0, count = 0;
        long origin = stream.Position = start + 2;
        while (Next() is >= 0 and int value)
        {
            if (value != Filler) continue;
            int mark = Next();
            while (mark == Filler) mark = Next();
            if (mark == EndOfImage) return origin + at;
            if (mark is < 0 or StuffedZero or (>= FirstRestart and <= LastRestart) or 1) continue;
            int length = (Next() << 8) | Next();
            if (length < 2) return -1;
            long target = origin + at + length - 2;
            if (target > stream.Length) return -1;
            if (target - origin <= count)
            {
                at = (int)(target - origin);
            }
            else
            {
                origin = stream.Position = target;
                at = count = 0;
            }
        }
        return -1;

        int Next()
        {
            if (at == count)
            {
                origin += count;
                at = 0;
                count = stream.Read(block);
                if (count == 0) return -1;
            }
            return block[at++];
        }
    }
}
