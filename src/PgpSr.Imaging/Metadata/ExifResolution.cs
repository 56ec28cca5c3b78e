namespace PgpSr.Imaging;

/// <summary>Pixel density in an EXIF block's main directory.</summary>
static class ExifResolution
{
    const ushort XTag = 0x011A, YTag = 0x011B, UnitTag = 0x0128, Inch = 2, Centimeter = 3;
    const byte NoUnit = 1;

    // Two statements of one density differ by rounding: PNG counts whole pixels per meter, JFIF whole ones per inch.
    const double Tolerance = 0.01;

    public static ImageResolution? Read(ReadOnlySpan<byte> exif)
    {
        double x = Rational(exif, XTag), y = Rational(exif, YTag);
        if (!(x > 0 && y > 0)) return null;
        int at = Exif.FindInMain(exif, UnitTag);
        ResolutionUnit unit = (at < 0 ? Inch : Exif.ReadShort(exif, at + 8)) switch
        {
            Inch => ResolutionUnit.Inch,
            Centimeter => ResolutionUnit.Centimeter,
            _ => ResolutionUnit.None,
        };
        // Square pixels of no size: nothing is said.
        return unit == ResolutionUnit.None && x == y ? null : new(x, y, unit);
    }

    /// <summary>A copy that says this density, where it says another.</summary>
    public static byte[] With(byte[] exif, ImageResolution resolution)
    {
        if (Read(exif) is not { } said || resolution.Unit == ResolutionUnit.None || IsNear(said, resolution)) return exif;
        byte[] copy = (byte[])exif.Clone();
        ResolutionUnit unit = resolution.Unit == ResolutionUnit.Inch ? ResolutionUnit.Inch : ResolutionUnit.Centimeter;
        ImageResolution right = resolution.In(unit);
        Write(copy, XTag, right.Horizontal);
        Write(copy, YTag, right.Vertical);
        int at = Exif.FindInMain(copy, UnitTag);
        if (at >= 0) Exif.WriteShort(copy, at + 8, unit == ResolutionUnit.Inch ? Inch : Centimeter);
        return at >= 0 || unit == ResolutionUnit.Inch ? copy : exif;
    }

    /// <summary>A block that says this density and nothing else.</summary>
    public static byte[] Alone(ImageResolution resolution)
    {
        ImageResolution said = resolution.Unit == ResolutionUnit.Meter ? resolution.In(ResolutionUnit.Centimeter) : resolution;
        byte[] unit = [said.Unit switch { ResolutionUnit.Inch => (byte)Inch, ResolutionUnit.Centimeter => (byte)Centimeter, _ => NoUnit }, 0];
        return ExifDirectories.Build([Entry(XTag, said.Horizontal), Entry(YTag, said.Vertical), new(UnitTag, Exif.ShortType, 1, unit)], [], [], [],
            bigEndian: false);
    }

    static ExifEntry Entry(ushort tag, double value)
    {
        (uint numerator, uint denominator) = Exif.Rational(value);
        return new(tag, Exif.RationalType, 1, [.. LittleEndian(numerator), .. LittleEndian(denominator)]);
    }

    static byte[] LittleEndian(uint value)
    {
        byte[] bytes = new byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    static bool IsNear(ImageResolution a, ImageResolution b)
    {
        ImageResolution same = a.In(b.Unit);
        return a.Unit != ResolutionUnit.None && Math.Abs(same.Horizontal - b.Horizontal) <= Tolerance * b.Horizontal
            && Math.Abs(same.Vertical - b.Vertical) <= Tolerance * b.Vertical;
    }

    static double Rational(ReadOnlySpan<byte> exif, ushort tag)
    {
        int at = Exif.FindRational(exif, tag);
        if (at < 0) return 0;
        uint denominator = Exif.ReadLong(exif, at + 4);
        return denominator == 0 ? 0 : (double)Exif.ReadLong(exif, at) / denominator;
    }

    static void Write(byte[] exif, ushort tag, double value)
    {
        int at = Exif.FindRational(exif, tag);
        if (at >= 0) Exif.WriteRational(exif, at, value);
    }
}
