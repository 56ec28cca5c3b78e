using BitMiracle.LibTiff.Classic;
using LibTiff = BitMiracle.LibTiff.Classic.Tiff;

namespace PgpSr.Imaging.Codecs.Tiff;

/// <summary>ICC, XMP, resolution and texts in a TIFF's main directory.</summary>
static class TiffMetadata
{
    public static void Read(LibTiff tiff, ImageLimits limits, ImageMetadata metadata)
    {
        metadata.IccProfile = Bytes(tiff, TiffTag.ICCPROFILE, limits);
        metadata.Xmp = Bytes(tiff, TiffTag.XMLPACKET, limits);
        if (tiff.GetField(TiffTag.XRESOLUTION) is [var x, ..] && tiff.GetField(TiffTag.YRESOLUTION) is [var y, ..] && x.ToDouble() > 0
            && y.ToDouble() > 0)
        {
            // Without the unit tag the unit is the inch (TIFF 6.0, ResolutionUnit).
            ResUnit unit = tiff.GetFieldDefaulted(TiffTag.RESOLUTIONUNIT) is [var u, ..] ? (ResUnit)u.ToInt() : ResUnit.INCH;
            metadata.Resolution = new(x.ToDouble(), y.ToDouble(), unit switch
            {
                ResUnit.CENTIMETER => ResolutionUnit.Centimetre,
                ResUnit.INCH => ResolutionUnit.Inch,
                _ => ResolutionUnit.None,
            });
        }
        AddText(tiff, TiffTag.IMAGEDESCRIPTION, "Description", metadata);
        AddText(tiff, TiffTag.SOFTWARE, "Software", metadata);
    }

    static byte[]? Bytes(LibTiff tiff, TiffTag tag, ImageLimits limits)
    {
        if (tiff.GetField(tag) is not [_, { Value: not null } value] || value.GetBytes() is not { Length: > 0 } bytes)
            return null;
        return bytes.Length <= limits.MaxMetadataBytes ? bytes : null;
    }

    static void AddText(LibTiff tiff, TiffTag tag, string keyword, ImageMetadata metadata)
    {
        if (tiff.GetField(tag) is [var value, ..] && value.ToString() is { Length: > 0 } text)
            metadata.Text.Add(new(keyword, text.TrimEnd('\0')));
    }

    public static void Write(LibTiff tiff, ImageInfo info, ImageMetadata metadata)
    {
        if (metadata.IccProfileFor(info.ColourChannels) is { } icc)
            tiff.SetField(TiffTag.ICCPROFILE, icc.Length, icc);
        if (metadata.Xmp is { } xmp)
            tiff.SetField(TiffTag.XMLPACKET, xmp.Length, xmp);
        if (metadata.Resolution is { } resolution)
        {
            ResolutionUnit unit = resolution.Unit == ResolutionUnit.Metre ? ResolutionUnit.Centimetre : resolution.Unit;
            resolution = resolution.In(unit);
            tiff.SetField(TiffTag.XRESOLUTION, resolution.Horizontal);
            tiff.SetField(TiffTag.YRESOLUTION, resolution.Vertical);
            tiff.SetField(TiffTag.RESOLUTIONUNIT, unit switch
            {
                ResolutionUnit.Inch => ResUnit.INCH,
                ResolutionUnit.Centimetre => ResUnit.CENTIMETER,
                _ => ResUnit.NONE,
            });
        }
        if (metadata.FindText("Software") is { } software)
            tiff.SetField(TiffTag.SOFTWARE, software);
        // TIFF has one free text; all others share it, a line each.
        string description = string.Join('\n', metadata.Text
            .Where(t => !string.Equals(t.Key, "Software", StringComparison.OrdinalIgnoreCase))
            .Select(t => string.Equals(t.Key, "Description", StringComparison.OrdinalIgnoreCase) ? t.Value : $"{t.Key}: {t.Value}"));
        if (description.Length > 0)
            tiff.SetField(TiffTag.IMAGEDESCRIPTION, description);
    }
}
