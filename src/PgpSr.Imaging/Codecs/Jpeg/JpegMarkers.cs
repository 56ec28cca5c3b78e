using System.Text;
using BitMiracle.LibJpeg.Classic;

namespace PgpSr.Imaging.Codecs.Jpeg;

/// <summary>
/// Metadata out of JPEG's application segments: EXIF and XMP in APP1, ICC in numbered pieces in APP2 (ICC.1:2022, B.4), Photoshop's resources with
/// IPTC in APP13, comments. Everything else is named as not carried.
/// </summary>
static class JpegMarkers
{
    public const int App1 = (int)JPEG_MARKER.APP1, App2 = (int)JPEG_MARKER.APP2, App11 = (int)JPEG_MARKER.APP11, App13 = (int)JPEG_MARKER.APP13,
        App14 = (int)JPEG_MARKER.APP14, App15 = (int)JPEG_MARKER.APP15, Comment = (int)JPEG_MARKER.COM;

    // A segment's length field counts itself: 65535 - 2.
    public const int MaxSegment = 65533;

    // Number of pictures (CIPA DC-007, 5.2.3.2).
    const ushort PictureCountTag = 0xB001;

    public static ReadOnlySpan<byte> ExifPrefix => "Exif\0\0"u8;

    public static ReadOnlySpan<byte> XmpPrefix => "http://ns.adobe.com/xap/1.0/\0"u8;

    public static ReadOnlySpan<byte> IccPrefix => "ICC_PROFILE\0"u8;

    public static ReadOnlySpan<byte> PhotoshopPrefix => "Photoshop 3.0\0"u8;

    static ReadOnlySpan<byte> PicturesPrefix => "MPF\0"u8;

    static ReadOnlySpan<byte> GainMapPrefix => "urn:iso:std:iso:ts:21496:-1\0"u8;

    /// <summary>Reads all segments; answers whether there is an Adobe segment, whose writers store CMYK inverted.</summary>
    public static bool Read(IEnumerable<jpeg_marker_struct> markers, ImageLimits limits, ImageMetadata metadata)
    {
        bool adobe = false;
        long length = 0;
        SortedDictionary<int, byte[]> icc = [];
        List<byte[]> extension = [];
        using MemoryStream photoshop = new();
        byte[]? pictures = null;
        int pieces = 0;
        foreach (jpeg_marker_struct marker in markers)
        {
            byte[] data = marker.Data ?? [];
            if ((length += data.Length) > limits.MaxMetadataBytes)
                Throw.Codec($"metadata exceed {limits.MaxMetadataBytes} bytes (ImageLimits.MaxMetadataBytes)");
            ReadOnlySpan<byte> span = data;
            switch ((int)marker.Marker)
            {
                case App1 when metadata.Exif is null && span.StartsWith(ExifPrefix) && Exif.IsValid(span[ExifPrefix.Length..]):
                    metadata.Exif = span[ExifPrefix.Length..].ToArray();
                    break;
                case App1 when metadata.Xmp is null && span.StartsWith(XmpPrefix):
                    metadata.Xmp = span[XmpPrefix.Length..].ToArray();
                    break;
                case App1 when span.StartsWith(ExtendedXmp.Prefix):
                    extension.Add(span[ExtendedXmp.Prefix.Length..].ToArray());
                    break;
                case App2 when span.StartsWith(IccPrefix) && span.Length >= IccPrefix.Length + 2:
                    pieces = span[IccPrefix.Length + 1];
                    icc.TryAdd(span[IccPrefix.Length], span[(IccPrefix.Length + 2)..].ToArray());
                    break;
                case App2 when span.StartsWith(PicturesPrefix):
                    pictures ??= span[PicturesPrefix.Length..].ToArray();
                    break;
                case App2 when span.StartsWith(GainMapPrefix):
                    metadata.Lose(Xmp.GainMap);
                    break;
                case App13 when span.StartsWith(PhotoshopPrefix):
                    photoshop.Write(span[PhotoshopPrefix.Length..]);
                    break;
                case App14 when span.StartsWith("Adobe"u8):
                    adobe = true;
                    break;
                case Comment:
                    metadata.Text.Add(new("Comment", MetadataText.Decode(span.TrimEnd((byte)0))));
                    break;
                case >= App1 and <= App15:
                    metadata.Lose(Name((int)marker.Marker - App1 + 1, span));
                    break;
            }
        }
        ReadExtension(extension, limits, metadata);
        if (metadata.Xmp is { } xmp) metadata.Xmp = Xmp.WithoutCompanions(xmp, metadata.Lose);
        if (pictures is not null && !metadata.NotCarried.Contains(Xmp.GainMap))
            metadata.Lose(CountPictures(pictures) > 2 ? $"{CountPictures(pictures) - 1} more pictures (MPO)" : "a second picture (MPO)");
        if (photoshop.Length > 0) ReadPhotoshop(photoshop.ToArray(), metadata);
        if (pieces > 0)
        {
            if (icc.Count == pieces && icc.Keys.First() == 1 && icc.Keys.Last() == pieces) metadata.IccProfile = [.. icc.Values.SelectMany(p => p)];
            else metadata.Warnings.Add($"the ICC profile has {icc.Count} of {pieces} pieces and was left out");
        }
        return adobe;
    }

    static void ReadExtension(List<byte[]> pieces, ImageLimits limits, ImageMetadata metadata)
    {
        if (pieces.Count == 0) return;
        if (metadata.Xmp is { } standard && ExtendedXmp.Join(standard, pieces, limits.MaxMetadataBytes) is { } whole) metadata.Xmp = whole;
        else metadata.Warnings.Add("the second part of the XMP is damaged or belongs to another packet, and was left out");
    }

    static void ReadPhotoshop(byte[] blocks, ImageMetadata metadata)
    {
        if (!PhotoshopBlocks.Split(blocks, out byte[]? iptc, out byte[]? others))
            metadata.Warnings.Add("the Photoshop resources are damaged; what follows the damage was left out");
        metadata.Iptc = iptc;
        metadata.PhotoshopResources = others;
    }

    static uint CountPictures(ReadOnlySpan<byte> index)
    {
        int at = Exif.FindInMain(index, PictureCountTag);
        return at < 0 ? 0 : Exif.ReadLong(index, at + 8);
    }

    static string Name(int number, ReadOnlySpan<byte> data)
    {
        if (number == App11 - App1 + 1 && data.StartsWith("JP"u8)) return "the content credentials (C2PA), which are valid for the source only";
        int length = 0;
        while (length < data.Length && length < 20 && data[length] is >= (byte)'!' and <= (byte)'~') length++;
        return length < 2 ? $"segment APP{number}" : $"segment APP{number} ({Encoding.ASCII.GetString(data[..length])})";
    }
}
