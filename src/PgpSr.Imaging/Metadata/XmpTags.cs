using System.Text;

namespace PgpSr.Imaging;

/// <summary>
/// The tags of an XMP packet, found in its bytes so that a change leaves every other byte as it is. No entity is expanded and nothing is fetched.
/// </summary>
static class XmpTags
{
    // Packets of editing programs with long histories have thousands.
    const int MaxTags = 200_000, MaxAttributes = 1000;

    /// <summary>
    /// All tags in order; none where the packet is not UTF-8, is no well-formed sequence of tags, or gives one prefix two meanings: such a packet is
    /// left alone.
    /// </summary>
    public static List<XmpTag> Read(ReadOnlySpan<byte> xmp)
    {
        List<XmpTag> tags = [];
        Dictionary<string, string> prefixes = [];
        int at = 0;
        while (xmp[at..].IndexOf((byte)'<') is >= 0 and int found)
        {
            at += found;
            ReadOnlySpan<byte> rest = xmp[at..];
            int skipped = rest.StartsWith("<!--"u8) ? After(rest, "-->"u8) : rest.StartsWith("<?"u8) ? After(rest, "?>"u8)
                : rest.StartsWith("<![CDATA["u8) ? After(rest, "]]>"u8) : 0;
            if (skipped < 0) return [];
            if (skipped == 0)
            {
                if (tags.Count == MaxTags || !TryReadTag(xmp, ref at, prefixes, out XmpTag tag)) return [];
                tags.Add(tag);
                continue;
            }
            at += skipped;
        }
        return Pair(tags) ? Resolve(tags, prefixes) : [];
    }

    // Every element ends, and within the one it began in.
    static bool Pair(List<XmpTag> tags)
    {
        Stack<int> open = [];
        for (int i = 0; i < tags.Count; i++)
        {
            if (tags[i].Kind == XmpTagKind.Open)
            {
                open.Push(i);
                continue;
            }
            int partner = i;
            if (tags[i].Kind == XmpTagKind.Close && (!open.TryPop(out partner) || tags[partner].Name != tags[i].Name)) return false;
            tags[i] = tags[i] with { Partner = partner };
            tags[partner] = tags[partner] with { Partner = i };
        }
        return open.Count == 0;
    }

    static int After(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> end) => rest.IndexOf(end) is >= 0 and int found ? found + end.Length : -1;

    static bool TryReadTag(ReadOnlySpan<byte> xmp, ref int at, Dictionary<string, string> prefixes, out XmpTag tag)
    {
        tag = default;
        int start = at++;
        bool closes = at < xmp.Length && xmp[at] == '/';
        if (closes) at++;
        string name = ReadName(xmp, ref at);
        if (name.Length == 0) return false;
        List<XmpAttribute> attributes = [];
        while (true)
        {
            int before = at;
            SkipSpaces(xmp, ref at);
            if (at >= xmp.Length) return false;
            if (xmp[at] == '>' || xmp[at..].StartsWith("/>"u8)) break;
            if (attributes.Count == MaxAttributes || !TryReadAttribute(xmp, before, ref at, out XmpAttribute attribute)) return false;
            attributes.Add(attribute);
            if (attribute.Name.StartsWith("xmlns:", StringComparison.Ordinal))
            {
                string prefix = attribute.Name[6..], meaning = "{" + Text(xmp, attribute.ValueStart, attribute.ValueEnd) + "}";
                if (!prefixes.TryAdd(prefix, meaning) && prefixes[prefix] != meaning) return false;
            }
        }
        bool empty = xmp[at] == '/';
        at += empty ? 2 : 1;
        tag = new(name, closes ? XmpTagKind.Close : empty ? XmpTagKind.Empty : XmpTagKind.Open, start, at, [.. attributes]);
        return true;
    }

    static bool TryReadAttribute(ReadOnlySpan<byte> xmp, int start, ref int at, out XmpAttribute attribute)
    {
        attribute = default;
        string name = ReadName(xmp, ref at);
        SkipSpaces(xmp, ref at);
        if (name.Length == 0 || at >= xmp.Length || xmp[at] != '=') return false;
        at++;
        SkipSpaces(xmp, ref at);
        if (at >= xmp.Length || xmp[at] is not ((byte)'"' or (byte)'\'')) return false;
        byte quote = xmp[at++];
        int length = xmp[at..].IndexOf(quote);
        if (length < 0) return false;
        attribute = new(name, start, at, at + length);
        at += length + 1;
        return true;
    }

    static string ReadName(ReadOnlySpan<byte> xmp, ref int at)
    {
        int start = at;
        while (at < xmp.Length && !(IsSpace(xmp[at]) || xmp[at] is (byte)'=' or (byte)'>' or (byte)'/' or (byte)'<' or (byte)'"' or (byte)'\'')) at++;
        return Text(xmp, start, at);
    }

    static void SkipSpaces(ReadOnlySpan<byte> xmp, ref int at)
    {
        while (at < xmp.Length && IsSpace(xmp[at])) at++;
    }

    static bool IsSpace(byte letter) => letter is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    public static string Text(ReadOnlySpan<byte> xmp, int start, int end) => Encoding.UTF8.GetString(xmp[start..end]);

    static List<XmpTag> Resolve(List<XmpTag> tags, Dictionary<string, string> prefixes)
    {
        return tags.ConvertAll(tag => tag with
        {
            Name = Full(tag.Name),
            Attributes = Array.ConvertAll(tag.Attributes, attribute => attribute with { Name = Full(attribute.Name) }),
        });

        string Full(string name)
        {
            int colon = name.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0) return name;
            string prefix = name[..colon];
            return prefixes.TryGetValue(prefix, out string? meaning) || (meaning = XmpNames.OfUsualPrefix(prefix)) is not null
                ? meaning + name[(colon + 1)..] : name;
        }
    }
}
