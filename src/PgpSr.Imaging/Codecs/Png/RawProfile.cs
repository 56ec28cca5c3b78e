using System.Globalization;
using System.Text;

namespace PgpSr.Imaging.Codecs.Png;

/// <summary>
/// ImageMagick's texts "Raw profile type ...": a line with the name, a line with the number of bytes, then the bytes in hexadecimal. PNG has no other
/// place for IPTC, and readers know this one.
/// </summary>
static class RawProfile
{
    public const string Keyword = "Raw profile type ";

    const int BytesPerLine = 36;

    /// <summary>Puts what such a text holds where it belongs. What stands there already, from a chunk of its own, stays.</summary>
    /// <returns>False where it is a text like any other.</returns>
    public static bool TryRead(string keyword, string text, ImageMetadata metadata)
    {
        if (!keyword.StartsWith(Keyword, StringComparison.OrdinalIgnoreCase) || Decode(text) is not { } data) return false;
        ReadOnlySpan<byte> span = data;
        switch (keyword[Keyword.Length..].ToUpperInvariant())
        {
            case "EXIF" or "APP1" when span.StartsWith("Exif\0\0"u8) && Exif.IsValid(span[6..]):
                metadata.Exif ??= data[6..];
                return true;
            case "EXIF" when Exif.IsValid(span):
                metadata.Exif ??= data;
                return true;
            case "APP1" when span.StartsWith(Jpeg.JpegMarkers.XmpPrefix):
                metadata.Xmp ??= data[Jpeg.JpegMarkers.XmpPrefix.Length..];
                return true;
            case "XMP":
                metadata.Xmp ??= data;
                return true;
            case "ICC" or "ICM":
                metadata.IccProfile ??= data;
                return true;
            case "IPTC" or "8BIM":
                return ReadPhotoshop(data, metadata);
            default:
                return false;
        }
    }

    static bool ReadPhotoshop(byte[] data, ImageMetadata metadata)
    {
        byte[]? others = null;
        // Both kinds come bare and as a Photoshop resource.
        if (data.AsSpan().StartsWith((byte)0x1C)) metadata.Iptc ??= data;
        else if (PhotoshopBlocks.Split(data, out byte[]? iptc, out others)) metadata.Iptc ??= iptc;
        else return false;
        metadata.PhotoshopResources ??= others;
        return true;
    }

    // The bytes there are, whatever length the text claims: there are writers that count wrongly.
    static byte[]? Decode(string text)
    {
        string[] lines = text.TrimStart().Split('\n', 3);
        if (lines.Length < 3 || !int.TryParse(lines[1].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int length) || length <= 0)
            return null;
        string hex = string.Concat(lines[2].Where(c => !char.IsWhiteSpace(c)));
        if (hex.Length == 0 || hex.Length % 2 != 0 || !hex.All(char.IsAsciiHexDigit)) return null;
        return Convert.FromHexString(hex);
    }

    /// <summary>The text for a profile.</summary>
    public static string Encode(string name, ReadOnlySpan<byte> data)
    {
        StringBuilder text = new(data.Length * 2 + 100);
        text.Append(CultureInfo.InvariantCulture, $"\n{name}\n{data.Length,8}");
        for (int at = 0; at < data.Length; at += BytesPerLine)
            text.Append('\n').Append(Convert.ToHexStringLower(data.Slice(at, Math.Min(BytesPerLine, data.Length - at))));
        return text.Append('\n').ToString();
    }
}
