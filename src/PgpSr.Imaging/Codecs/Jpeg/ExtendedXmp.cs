using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PgpSr.Imaging.Codecs.Jpeg;

/// <summary>
/// XMP over 64 KiB in JPEG (XMP Specification Part 3, 1.1.3.1): a packet that names the MD5 of a second one, which follows in numbered pieces.
/// </summary>
static class ExtendedXmp
{
    const int GuidLength = 32, HeadLength = GuidLength + 8;

    // As Adobe's programs cut it; a segment holds a little more.
    const int PieceLength = 65400;

    public static ReadOnlySpan<byte> Prefix => "http://ns.adobe.com/xmp/extension/\0"u8;

    /// <summary>The packet without the white space that writers leave for later changes.</summary>
    public static byte[] WithoutPadding(byte[] xmp)
    {
        int end = xmp.AsSpan().LastIndexOf("<?xpacket end"u8);
        if (end < 0) return xmp;
        int kept = xmp.AsSpan(0, end).TrimEnd(" \t\r\n"u8).Length;
        return [.. xmp.AsSpan(0, kept), (byte)'\n', .. xmp.AsSpan(end).TrimEnd(" \t\r\n\0"u8)];
    }

    /// <summary>The packet that announces, and the segments' data without their prefix, in order.</summary>
    public static (byte[] Standard, List<byte[]> Pieces) Split(byte[] xmp)
    {
        byte[] body = Body(xmp);
#pragma warning disable CA5351 // The specification says MD5; it protects nothing.
        byte[] guid = Encoding.ASCII.GetBytes(Convert.ToHexString(MD5.HashData(body)));
#pragma warning restore CA5351
        List<byte[]> pieces = [];
        for (int at = 0; at < body.Length; at += PieceLength)
        {
            byte[] numbers = new byte[8];
            BinaryPrimitives.WriteInt32BigEndian(numbers, body.Length);
            BinaryPrimitives.WriteInt32BigEndian(numbers.AsSpan(4), at);
            pieces.Add([.. guid, .. numbers, .. body.AsSpan(at, Math.Min(PieceLength, body.Length - at))]);
        }
        string standard = $"""
            <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
             xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="{Encoding.ASCII.GetString(guid)}"/></rdf:RDF></x:xmpmeta>
            """;
        return (Encoding.UTF8.GetBytes(standard), pieces);
    }

    // Without the processing instructions around it.
    static byte[] Body(byte[] xmp)
    {
        List<XmpTag> tags = XmpTags.Read(xmp);
        return tags.Count == 0 ? xmp : xmp[tags[0].Start..tags[^1].End];
    }

    /// <summary>Joins pieces (segments' data without their prefix) that a packet announces; null where they are not all there.</summary>
    public static byte[]? Join(byte[] standard, IEnumerable<byte[]> pieces, int limit)
    {
        XmpEditor editor = new(standard);
        string? guid = editor.Values().Where(v => v.Name == XmpNames.Note + "HasExtendedXMP").Select(v => editor.Text(v.Start, v.End).Trim())
            .FirstOrDefault();
        if (guid is null) return null;
        byte[][] own = [.. pieces.Where(p => p.Length > HeadLength && p.AsSpan(0, GuidLength).SequenceEqual(Encoding.ASCII.GetBytes(guid)))];
        uint length = own.Length == 0 ? 0 : BinaryPrimitives.ReadUInt32BigEndian(own[0].AsSpan(GuidLength));
        if (length == 0 || length > limit || length > own.Sum(p => (long)p.Length - HeadLength)) return null;
        byte[] extension = new byte[length];
        uint next = 0;
        foreach (byte[] piece in own.OrderBy(p => BinaryPrimitives.ReadUInt32BigEndian(p.AsSpan(GuidLength + 4))))
        {
            uint at = BinaryPrimitives.ReadUInt32BigEndian(piece.AsSpan(GuidLength + 4));
            if (at != next || piece.Length - HeadLength > length - at) return null;
            piece.AsSpan(HeadLength).CopyTo(extension.AsSpan((int)at));
            next = at + (uint)(piece.Length - HeadLength);
        }
        return next == length ? Merge(editor, extension) : null;
    }

    static byte[]? Merge(XmpEditor standard, byte[] extension)
    {
        if (standard.Tags.All(IsFrame)) return extension;
        List<XmpTag> tags = XmpTags.Read(extension);
        int open = tags.FindIndex(t => t.Name == XmpNames.Rdf + "RDF" && t.Kind == XmpTagKind.Open);
        int close = open < 0 ? -1 : tags[open].Partner;
        int into = standard.Tags.FindIndex(t => t.Name == XmpNames.Rdf + "RDF" && t.Kind == XmpTagKind.Open);
        int end = into < 0 ? -1 : standard.Tags[into].Partner;
        if (close < 0 || end < 0) return null;
        // What the extension's frame declares has to be declared in the other frame too.
        HashSet<string> declared = [.. standard.Tags.Take(into + 1).SelectMany(t => t.Attributes).Select(a => a.Name)];
        string declarations = string.Concat(tags.Take(open + 1).SelectMany(t => t.Attributes)
            .Where(a => a.Name.StartsWith("xmlns:", StringComparison.Ordinal) && declared.Add(a.Name))
            .Select(a => XmpTags.Text(extension, a.Start, a.End)));
        standard.Change(standard.Tags[into].End - 1, standard.Tags[into].End - 1, declarations);
        standard.Change(standard.Tags[end].Start, standard.Tags[end].Start, XmpTags.Text(extension, tags[open].End, tags[close].Start));
        for (int i = 0; i < standard.Tags.Count; i++)
        {
            if (standard.Tags[i].Name == XmpNames.Note + "HasExtendedXMP" && standard.Tags[i].Kind == XmpTagKind.Open) standard.RemoveElement(i);
            foreach (XmpAttribute attribute in standard.Tags[i].Attributes)
                if (attribute.Name == XmpNames.Note + "HasExtendedXMP") standard.RemoveAttribute(attribute);
        }
        return standard.Result();
    }

    static bool IsFrame(XmpTag tag) =>
        tag.Name is XmpNames.Meta + "xmpmeta" or XmpNames.Rdf + "RDF" or XmpNames.Rdf + "Description"
            && tag.Attributes.All(a => a.Name is XmpNames.Note + "HasExtendedXMP" or XmpNames.Rdf + "about" or XmpNames.Meta + "xmptk"
                || a.Name.StartsWith("xmlns:", StringComparison.Ordinal));
}
