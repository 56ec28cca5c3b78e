using SixLabors.ImageSharp.Metadata;
using SixLabors.ImageSharp.Metadata.Profiles.Exif;
using SixLabors.ImageSharp.Metadata.Profiles.Icc;
using SixLabors.ImageSharp.Metadata.Profiles.Xmp;

namespace PgpSr.Imaging.ImageSharp;

/// <summary>What travels with pixels.</summary>
static class MetadataConversions
{
    public static Imaging.ImageMetadata FromImageSharp(SixLabors.ImageSharp.Metadata.ImageMetadata source) => new()
    {
        IccProfile = source.IccProfile?.ToByteArray(),
        Exif = source.ExifProfile?.ToByteArray(),
        Xmp = source.XmpProfile?.ToByteArray(),
        Resolution = new(source.HorizontalResolution, source.VerticalResolution, source.ResolutionUnits switch
        {
            PixelResolutionUnit.PixelsPerInch => ResolutionUnit.Inch,
            PixelResolutionUnit.PixelsPerCentimeter => ResolutionUnit.Centimetre,
            PixelResolutionUnit.PixelsPerMeter => ResolutionUnit.Metre,
            _ => ResolutionUnit.None,
        }),
    };

    public static void ToImageSharp(Imaging.ImageMetadata source, SixLabors.ImageSharp.Metadata.ImageMetadata destination)
    {
        destination.IccProfile = source.IccProfile is { } icc ? new IccProfile(icc) : null;
        destination.ExifProfile = source.Exif is { } exif ? new ExifProfile(exif) : null;
        destination.XmpProfile = source.Xmp is { } xmp ? new XmpProfile(xmp) : null;
        if (source.Resolution is not { } resolution)
            return;
        destination.HorizontalResolution = resolution.Horizontal;
        destination.VerticalResolution = resolution.Vertical;
        destination.ResolutionUnits = resolution.Unit switch
        {
            ResolutionUnit.Inch => PixelResolutionUnit.PixelsPerInch,
            ResolutionUnit.Centimetre => PixelResolutionUnit.PixelsPerCentimeter,
            ResolutionUnit.Metre => PixelResolutionUnit.PixelsPerMeter,
            _ => PixelResolutionUnit.AspectRatio,
        };
    }
}
