using SixLabors.ImageSharp.Metadata;
using SixLabors.ImageSharp.Metadata.Profiles.Exif;
using SixLabors.ImageSharp.Metadata.Profiles.Icc;
using SixLabors.ImageSharp.Metadata.Profiles.Xmp;

namespace PgpSr.Imaging.ImageSharp;

/// <summary>What travels with pixels.</summary>
static class MetadataConversions
{
    // ImageMetadata.DefaultHorizontalResolution and its vertical twin.
    const double DefaultDpi = 96;

    // The TIFF decoder keeps profiles with the frame, the others with the picture. A TIFF's own "EXIF" are its strips and sizes: not carried.
    public static Imaging.ImageMetadata FromImageSharp(SixLabors.ImageSharp.Metadata.ImageMetadata source, ImageFrameMetadata frame) => new()
    {
        IccProfile = (source.IccProfile ?? frame.IccProfile)?.ToByteArray(),
        Exif = source.ExifProfile?.ToByteArray(),
        Xmp = (source.XmpProfile ?? frame.XmpProfile)?.ToByteArray(),
        Resolution = Resolution(source),
    };

    // Where a file says nothing, ImageSharp says 96 to the inch, or 1 to 1. Neither is a statement, and none would be lost but one like it.
    static ImageResolution? Resolution(SixLabors.ImageSharp.Metadata.ImageMetadata source)
    {
        ImageResolution found = new(source.HorizontalResolution, source.VerticalResolution, source.ResolutionUnits switch
        {
            PixelResolutionUnit.PixelsPerInch => ResolutionUnit.Inch,
            PixelResolutionUnit.PixelsPerCentimeter => ResolutionUnit.Centimeter,
            PixelResolutionUnit.PixelsPerMeter => ResolutionUnit.Meter,
            _ => ResolutionUnit.None,
        });
        bool silent = found is { Horizontal: DefaultDpi, Vertical: DefaultDpi, Unit: ResolutionUnit.Inch }
            or { Horizontal: 1, Vertical: 1, Unit: ResolutionUnit.None };
        return silent ? null : found;
    }

    public static void ToImageSharp(Imaging.ImageMetadata source, SixLabors.ImageSharp.Metadata.ImageMetadata destination)
    {
        destination.IccProfile = source.IccProfile is { } icc ? new IccProfile(icc) : null;
        destination.ExifProfile = source.Exif is { } exif ? new ExifProfile(exif) : null;
        destination.XmpProfile = source.Xmp is { } xmp ? new XmpProfile(xmp) : null;
        if (source.Resolution is not { } resolution) return;
        destination.HorizontalResolution = resolution.Horizontal;
        destination.VerticalResolution = resolution.Vertical;
        destination.ResolutionUnits = resolution.Unit switch
        {
            ResolutionUnit.Inch => PixelResolutionUnit.PixelsPerInch,
            ResolutionUnit.Centimeter => PixelResolutionUnit.PixelsPerCentimeter,
            ResolutionUnit.Meter => PixelResolutionUnit.PixelsPerMeter,
            _ => PixelResolutionUnit.AspectRatio,
        };
    }
}
