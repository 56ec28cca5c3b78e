using System.Text;
using BitMiracle.LibJpeg.Classic;

namespace PgpSr.Imaging.Codecs.Jpeg;

/// <summary>Metadata in JPEG's application segments: EXIF and XMP in APP1, ICC in numbered pieces in APP2 (ICC.1:2022, B.4), comments.</summary>
static class JpegMarkers
{
    public const int App1 = (int)JPEG_MARKER.APP1, App2 = (int)JPEG_MARKER.APP2, App14 = (int)JPEG_MARKER.APP14, Comment = (int)JPEG_MARKER.COM;

    // A segment's length field counts itself: 65535 - 2.
    public const int MaxSegment = 65533;

    static ReadOnlySpan<byte> ExifPrefix => "Exif\0\0"u8;

    static ReadOnlySpan<byte> XmpPrefix => "http://ns.adobe.com/xap/1.0/\0"u8;

    static ReadOnlySpan<byte> IccPrefix => "ICC_PROFILE\0"u8;

    /// <summary>Reads all segments; answers whether there is an Adobe segment, whose writers store CMYK inverted.</summary>
    public static bool Read(IEnumerable<jpeg_marker_struct> markers, ImageLimits limits, ImageMetadata metadata)
    {
        bool adobe = false;
        long length = 0;
        SortedDictionary<int, byte[]> icc = [];
        int pieces = 0;
        foreach (jpeg_marker_struct marker in markers)
        {
            byte[] data = marker.Data ?? [];
            if ((length += data.Length) > limits.MaxMetadataBytes)
                Throw.Codec($"metadata exceed {limits.MaxMetadataBytes} bytes (ImageLimits.MaxMetadataBytes)");
            ReadOnlySpan<byte> span = data;
            switch ((int)marker.Marker)
            {
                case App1 when span.StartsWith(ExifPrefix) && Exif.IsValid(span[ExifPrefix.Length..]):
                    metadata.Exif ??= span[ExifPrefix.Length..].ToArray();
                    break;
                case App1 when span.StartsWith(XmpPrefix):
                    metadata.Xmp ??= span[XmpPrefix.Length..].ToArray();
                    break;
                case App2 when span.StartsWith(IccPrefix) && span.Length >= IccPrefix.Length + 2:
                    pieces = span[IccPrefix.Length + 1];
                    icc.TryAdd(span[IccPrefix.Length], span[(IccPrefix.Length + 2)..].ToArray());
                    break;
                case App14 when span.StartsWith("Adobe"u8):
                    adobe = true;
                    break;
                case Comment:
                    metadata.Text.Add(new("Comment", Encoding.UTF8.GetString(span).TrimEnd('\0')));
                    break;
            }
        }
        if (pieces > 0)
        {
            if (icc.Count == pieces && icc.Keys.First() == 1 && icc.Keys.Last() == pieces)
                metadata.IccProfile = [.. icc.Values.SelectMany(p => p)];
            else
                metadata.Warnings.Add($"the ICC profile has {icc.Count} of {pieces} pieces and was left out");
        }
        return adobe;
    }

    public static void Write(jpeg_compress_struct jpeg, ImageInfo info, ImageMetadata metadata)
    {
        byte[]? exif = metadata.Exif is { } e ? Exif.WithSize(e, info.Width, info.Height) : null;
        if (metadata.FindText("Software") is { } software)
            exif = Exif.WithText(exif, Exif.SoftwareTag, software);
        if (exif is not null)
            WriteWhole(jpeg, ExifPrefix, exif);
        if (metadata.Xmp is { } xmp)
            WriteWhole(jpeg, XmpPrefix, xmp);
        if (metadata.IccProfileFor(info.ColourChannels) is { } icc)
        {
            int piece = MaxSegment - IccPrefix.Length - 2;
            int count = (icc.Length + piece - 1) / piece;
            for (int i = 0; i < count && count <= byte.MaxValue; i++)
                jpeg.jpeg_write_marker(App2,
                    [.. IccPrefix, (byte)(i + 1), (byte)count, .. icc.AsSpan(i * piece, Math.Min(piece, icc.Length - i * piece))]);
        }
        foreach (KeyValuePair<string, string> text in metadata.Text)
        {
            if (string.Equals(text.Key, "Software", StringComparison.OrdinalIgnoreCase))
                continue;
            bool plain = string.Equals(text.Key, "Comment", StringComparison.OrdinalIgnoreCase);
            WriteWhole(jpeg, [], Encoding.UTF8.GetBytes(plain ? text.Value : $"{text.Key}: {text.Value}"), Comment);
        }
    }

    // What does not fit one segment is left out: readers do not join segments of these kinds.
    static void WriteWhole(jpeg_compress_struct jpeg, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> data, int marker = App1)
    {
        if (prefix.Length + data.Length <= MaxSegment)
            jpeg.jpeg_write_marker(marker, [.. prefix, .. data]);
    }
}
