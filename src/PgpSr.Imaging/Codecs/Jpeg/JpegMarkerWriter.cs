using System.Text;
using BitMiracle.LibJpeg.Classic;

namespace PgpSr.Imaging.Codecs.Jpeg;

/// <summary>Writes metadata into JPEG's application segments; what does not fit them is named.</summary>
static class JpegMarkerWriter
{
    public static void Write(jpeg_compress_struct jpeg, ImageInfo info, ImageMetadata metadata)
    {
        WriteExif(jpeg, metadata);
        if (metadata.Xmp is { } xmp) WriteXmp(jpeg, xmp);
        byte[] blocks = PhotoshopBlocks.Join(metadata.Iptc, metadata.PhotoshopResources);
        int piece = JpegMarkers.MaxSegment - JpegMarkers.PhotoshopPrefix.Length;
        for (int at = 0; at < blocks.Length; at += piece)
            jpeg.jpeg_write_marker(JpegMarkers.App13, [.. JpegMarkers.PhotoshopPrefix, .. blocks.AsSpan(at, Math.Min(piece, blocks.Length - at))]);
        if (metadata.IccProfileFor(info.ColorChannels) is { } icc) WriteProfile(jpeg, icc, metadata);
        OutgoingMetadata.LosePngColor(metadata);
        string? description = Exif.ReadText(metadata.Exif, Exif.DescriptionTag);
        foreach (KeyValuePair<string, string> text in metadata.Text) WriteText(jpeg, text.Key, text.Value, description, metadata);
    }

    static void WriteExif(jpeg_compress_struct jpeg, ImageMetadata metadata)
    {
        byte[]? exif = metadata.Exif;
        if (metadata.FindText("Software") is { } software) exif = Exif.WithText(exif, Exif.SoftwareTag, software);
        if (metadata.FindText("Description") is { } description && (exif is null || Exif.ReadText(exif, Exif.DescriptionTag) is null))
            exif = Exif.WithText(exif, Exif.DescriptionTag, description);
        if (exif is null) return;
        exif = ExifFitting.To(exif, JpegMarkers.MaxSegment - JpegMarkers.ExifPrefix.Length, metadata.Lose);
        jpeg.jpeg_write_marker(JpegMarkers.App1, [.. JpegMarkers.ExifPrefix, .. exif]);
        metadata.Exif = exif;
    }

    static void WriteXmp(jpeg_compress_struct jpeg, byte[] xmp)
    {
        int room = JpegMarkers.MaxSegment - JpegMarkers.XmpPrefix.Length;
        if (xmp.Length > room) xmp = ExtendedXmp.WithoutPadding(xmp);
        List<byte[]> pieces = [];
        if (xmp.Length > room) (xmp, pieces) = ExtendedXmp.Split(xmp);
        jpeg.jpeg_write_marker(JpegMarkers.App1, [.. JpegMarkers.XmpPrefix, .. xmp]);
        foreach (byte[] piece in pieces) jpeg.jpeg_write_marker(JpegMarkers.App1, [.. ExtendedXmp.Prefix, .. piece]);
    }

    static void WriteProfile(jpeg_compress_struct jpeg, byte[] icc, ImageMetadata metadata)
    {
        int piece = JpegMarkers.MaxSegment - JpegMarkers.IccPrefix.Length - 2;
        int count = (icc.Length + piece - 1) / piece;
        if (count > byte.MaxValue)
        {
            metadata.Lose($"the color profile ({MetadataText.Size(icc.Length)}), too long for JPEG");
            return;
        }
        for (int i = 0; i < count; i++)
            jpeg.jpeg_write_marker(JpegMarkers.App2,
                [.. JpegMarkers.IccPrefix, (byte)(i + 1), (byte)count, .. icc.AsSpan(i * piece, Math.Min(piece, icc.Length - i * piece))]);
    }

    static void WriteText(jpeg_compress_struct jpeg, string key, string value, string? description, ImageMetadata metadata)
    {
        if (string.Equals(key, "Software", StringComparison.OrdinalIgnoreCase)
            || (string.Equals(key, "Description", StringComparison.OrdinalIgnoreCase) && description == value))
            return;
        bool plain = string.Equals(key, "Comment", StringComparison.OrdinalIgnoreCase);
        byte[] bytes = Encoding.UTF8.GetBytes(plain ? value : $"{key}: {value}");
        if (bytes.Length <= JpegMarkers.MaxSegment) jpeg.jpeg_write_marker(JpegMarkers.Comment, bytes);
        else metadata.Lose($"the text {MetadataText.Quote(key)} ({MetadataText.Size(bytes.Length)}), too long for a JPEG comment");
    }
}
