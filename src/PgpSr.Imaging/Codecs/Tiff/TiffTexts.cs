using System.Text;

namespace PgpSr.Imaging.Codecs.Tiff;

/// <summary>
/// Texts by keyword in a TIFF. It has one free text: a description of the picture's own has it alone and as it is (it may be XML that programs read),
/// and the others go into the XML items of GDAL's metadata tag. Where there is no description the others share the free text, a line each.
/// </summary>
static class TiffTexts
{
    const string Begin = "<GDALMetadata>", End = "</GDALMetadata>";

    /// <summary>The free text and the items; null where there are none.</summary>
    public static (string? Description, string? Items) Split(ImageMetadata metadata)
    {
        string? description = metadata.FindText("Description");
        List<KeyValuePair<string, string>> others =
            [.. metadata.Text.Where(t => !Is(t.Key, "Software") && !(Is(t.Key, "Description") && t.Value == description))];
        string? photograph = metadata.Exif is { } exif ? Exif.ReadText(exif, Exif.DescriptionTag) : null;
        if (description is null) description = photograph;
        else if (photograph is not null && photograph != description) others.Add(new("ImageDescription", photograph));
        if (others.Count == 0) return (description, null);
        if (description is null) return (string.Join('\n', others.Select(t => $"{t.Key}: {t.Value}")), null);
        StringBuilder items = new(Begin);
        foreach ((string key, string value) in others)
            items.Append("\n  <Item name=\"").Append(Escape(key)).Append("\">").Append(Escape(value)).Append("</Item>");
        return (description, items.Append('\n').Append(End).ToString());
    }

    static bool Is(string key, string name) => string.Equals(key, name, StringComparison.OrdinalIgnoreCase);

    // XML 1.0 has no place for control characters.
    static string Escape(string text) => string.Concat(text.Select(c => c is < ' ' and not ('\n' or '\t' or '\r') ? '?' : c))
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal);

    static string Unescape(string text) => text.Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal)
        .Replace("&quot;", "\"", StringComparison.Ordinal).Replace("&apos;", "'", StringComparison.Ordinal)
        .Replace("&amp;", "&", StringComparison.Ordinal);

    /// <summary>Adds items that have a name and nothing else; false, and nothing, where there are others (bands' statistics of maps).</summary>
    public static bool TryRead(byte[] value, ImageMetadata metadata)
    {
        byte[] xml = value.AsSpan().TrimEnd((byte)0).ToArray();
        List<XmpTag> tags = XmpTags.Read(xml);
        List<KeyValuePair<string, string>> texts = [];
        for (int i = 1; i + 2 < tags.Count; i += 2)
        {
            if (tags[i] is not { Name: "Item", Kind: XmpTagKind.Open, Attributes: [{ Name: "name" } name] }
                || tags[i + 1] is not { Name: "Item", Kind: XmpTagKind.Close })
                return false;
            texts.Add(new(Unescape(XmpTags.Text(xml, name.ValueStart, name.ValueEnd)), Unescape(XmpTags.Text(xml, tags[i].End, tags[i + 1].Start))));
        }
        if (tags.Count < 2 || tags.Count % 2 != 0 || tags[0].Name != "GDALMetadata") return false;
        foreach (KeyValuePair<string, string> text in texts) metadata.Text.Add(text);
        return true;
    }
}
