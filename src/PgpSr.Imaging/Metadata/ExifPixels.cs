namespace PgpSr.Imaging;

/// <summary>Numbers of an EXIF block that count pixels, apart from the picture's size: where the subject is, how dense the sensor is.</summary>
static class ExifPixels
{
    const ushort SubjectArea = 0x9214, SubjectLocation = 0xA214, FocalPlaneX = 0xA20E, FocalPlaneY = 0xA20F;

    /// <summary>A copy for a picture that was resized or cut.</summary>
    public static byte[] Mapped(byte[] exif, PixelMap map, Action<string> lost)
    {
        byte[] copy = MapSubjects(exif, map.X, map.Y, (width, height) => (width * map.ScaleX, height * map.ScaleY), lost);
        if (Pointer(copy) is not { } directory) return copy;
        Scale(copy, directory, FocalPlaneX, map.ScaleX);
        Scale(copy, directory, FocalPlaneY, map.ScaleY);
        return copy;
    }

    static void Scale(byte[] exif, uint directory, ushort tag, double scale)
    {
        int at = Exif.FindRational(exif, directory, tag);
        uint denominator = at < 0 ? 0 : Exif.ReadLong(exif, at + 4);
        if (denominator == 0 || scale == 1) return;
        double numerator = Exif.ReadLong(exif, at) * scale;
        if (numerator == Math.Round(numerator) && numerator <= uint.MaxValue) Exif.WriteLong(exif, at, (uint)numerator);
        else Exif.WriteRational(exif, at, numerator / denominator);
    }

    /// <summary>A copy for a picture turned upright (EXIF 2.32, table of tag 0x0112): subjects are noted as the picture was stored.</summary>
    public static byte[] Turned(byte[] exif, ImageOrientation orientation, int width, int height)
    {
        bool swaps = orientation >= ImageOrientation.LeftTop;
        bool flipsX = orientation is ImageOrientation.TopRight or ImageOrientation.BottomRight or ImageOrientation.RightBottom
            or ImageOrientation.LeftBottom;
        bool flipsY = orientation is ImageOrientation.BottomRight or ImageOrientation.BottomLeft or ImageOrientation.RightTop
            or ImageOrientation.RightBottom;
        byte[] copy = (byte[])exif.Clone();
        foreach (ushort tag in (ReadOnlySpan<ushort>)[SubjectArea, SubjectLocation])
        {
            int at = Find(copy, tag, out int count);
            if (at < 0) continue;
            int x = Exif.ReadShort(copy, at), y = Exif.ReadShort(copy, at + 2);
            x = flipsX ? Math.Max(0, width - 1 - x) : x;
            y = flipsY ? Math.Max(0, height - 1 - y) : y;
            Exif.WriteShort(copy, at, (ushort)(swaps ? y : x));
            Exif.WriteShort(copy, at + 2, (ushort)(swaps ? x : y));
            if (count < 4 || !swaps) continue;
            ushort across = Exif.ReadShort(copy, at + 4);
            Exif.WriteShort(copy, at + 4, Exif.ReadShort(copy, at + 6));
            Exif.WriteShort(copy, at + 6, across);
        }
        return copy;
    }

    // A point; a point and a diameter; a center and a size.
    static byte[] MapSubjects(byte[] exif, Func<double, double> x, Func<double, double> y,
        Func<double, double, (double, double)> size, Action<string> lost)
    {
        byte[] copy = (byte[])exif.Clone();
        foreach (ushort tag in (ReadOnlySpan<ushort>)[SubjectArea, SubjectLocation])
        {
            int at = Find(copy, tag, out int count);
            if (at < 0) continue;
            double[] values = new double[count];
            for (int i = 0; i < count; i++) values[i] = Exif.ReadShort(copy, at + 2 * i);
            values[0] = x(values[0]);
            values[1] = y(values[1]);
            if (count == 3) values[2] = size(values[2], values[2]).Item1;
            else if (count == 4) (values[2], values[3]) = size(values[2], values[3]);
            // It may have been cut away, or be further out than 16 bits can say.
            if (values.Any(v => Math.Round(v) is < 0 or > ushort.MaxValue))
            {
                Exif.RemoveEntry(copy, Pointer(copy)!.Value, tag);
                lost($"EXIF tag 0x{tag:X4} (where the subject is)");
                continue;
            }
            for (int i = 0; i < count; i++) Exif.WriteShort(copy, at + 2 * i, (ushort)Math.Round(values[i]));
        }
        return copy;
    }

    // Where its 16-bit numbers stand, or -1.
    static int Find(ReadOnlySpan<byte> exif, ushort tag, out int count)
    {
        count = 0;
        if (Pointer(exif) is not { } directory) return -1;
        int at = Exif.Find(exif, directory, tag);
        if (at < 0 || Exif.ReadShort(exif, at + 2) != Exif.ShortType || Exif.ReadLong(exif, at + 4) is not (>= 2 and <= 4 and uint number)) return -1;
        count = (int)number;
        return count == 2 ? at + 8 : Exif.CheckedOffset(exif, Exif.ReadLong(exif, at + 8), 2 * count);
    }

    static uint? Pointer(ReadOnlySpan<byte> exif)
    {
        int at = Exif.FindInMain(exif, Exif.ExifDirectoryTag);
        return at < 0 ? null : Exif.ReadLong(exif, at + 8);
    }

    /// <summary>A copy without the maker's notes where they hold a JPEG: some makers keep a preview of the whole picture there.</summary>
    public static byte[] WithoutPreviews(byte[] exif, Action<string> lost)
    {
        ExifDirectories directories = ExifDirectories.Read(exif);
        if (!directories.Exif.Exists(e => e.Tag == Exif.MakerNoteTag && e.Value.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) >= 0))
            return exif;
        directories.Exif.RemoveAll(e => e.Tag == Exif.MakerNoteTag);
        lost("the EXIF maker note, which holds a picture of what was cut away");
        return directories.Build();
    }
}
