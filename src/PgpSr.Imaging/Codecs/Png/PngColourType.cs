namespace PgpSr.Imaging.Codecs.Png;

/// <summary>Colour types of IHDR (W3C PNG 3rd edition, table 9).</summary>
enum PngColourType : byte
{
    Grey = 0,
    Rgb = 2,
    Palette = 3,
    GreyAlpha = 4,
    Rgba = 6,
}
