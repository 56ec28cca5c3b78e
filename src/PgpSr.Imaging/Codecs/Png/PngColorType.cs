namespace PgpSr.Imaging.Codecs.Png;

/// <summary>Color types of IHDR (W3C PNG 3rd edition, table 9).</summary>
enum PngColorType : byte
{
    Gray = 0,
    Rgb = 2,
    Palette = 3,
    GrayAlpha = 4,
    Rgba = 6,
}
