namespace PgpSr.Imaging.Codecs.Tiff;

/// <summary>Tags of a TIFF's main directory by what they are about (TIFF 6.0, TIFF/EP, EXIF 2.32, Adobe's technical notes).</summary>
static class TiffTags
{
    public const ushort Description = 0x010E, XResolution = 282, YResolution = 283, Software = 305, ResolutionUnit = 296, Xmp = 700, Iptc = 33723,
        Photoshop = 34377, IccProfile = 34675, GdalMetadata = 42112;

    /// <summary>Tags about how the samples are stored, or about nothing: a result has its own.</summary>
    public static bool IsAboutStorage(ushort tag) => tag is (>= 254 and <= 259) or (>= 262 and <= 266) or 273 or 274
        or (>= 277 and <= 281) or 284 or (>= 288 and <= 293) or 317 or (>= 320 and <= 328) or (>= 332 and <= 334) or 336 or (>= 338 and <= 341) or 347
        or (>= 512 and <= 521) or (>= 529 and <= 532) or 559 or (>= 32995 and <= 32998) or 0xEA1C;

    /// <summary>Tags about the photograph.</summary>
    public static bool IsAboutPhotograph(ushort tag) => tag is 269 or 271 or 272 or 285 or 297 or 306 or 315 or 316 or 318 or 319 or 0x4746 or 0x4749
        or 33432 or 33434 or 33437 or 34850 or 34852 or 34855 or 34856 or (>= 34864 and <= 34869) or 36867 or 36868 or (>= 36880 and <= 36882)
        or (>= 37377 and <= 37396) or (>= 37520 and <= 37522) or (>= 0x9C9B and <= 0x9C9F) or 50341;

    /// <summary>What a tag that is not carried is called in a warning.</summary>
    public static string Name(ushort tag) => tag switch
    {
        301 => "TransferFunction",
        330 => "the pictures in SubIFDs",
        33550 or 33922 or 34264 or 34735 or 34736 or 34737 => "the georeference (GeoTIFF)",
        37724 => "Photoshop's layers",
        GdalMetadata => "GDAL's metadata",
        _ => $"TIFF tag {tag}",
    };
}
