using BitMiracle.LibTiff.Classic;

namespace PgpSr.Imaging.Codecs.Tiff;

/// <summary>Names of compressions, those that the library does not know as well (Library of Congress, "Tags for TIFF").</summary>
static class TiffNames
{
    public static string Of(Compression compression) => (int)compression switch
    {
        32766 => "NeXT",
        32809 => "ThunderScan",
        32895 => "IT8 CT",
        32908 or 32909 => "Pixar",
        34661 => "JBIG",
        34676 or 34677 => "SGI Log",
        34712 => "JPEG 2000",
        34887 => "LERC",
        34892 => "lossy JPEG (DNG)",
        34925 => "LZMA",
        34933 => "PNG",
        34934 => "JPEG XR",
        50000 => "Zstandard",
        50001 => "WebP",
        50002 or 52546 => "JPEG XL",
        int number => Enum.IsDefined(compression) ? $"{compression} ({number})" : $"method {number}",
    };
}
