using System.Globalization;
using System.Text;

namespace PgpSr.Imaging;

/// <summary>Changes collected for an XMP packet, and the packet with all of them made.</summary>
sealed class XmpEditor(byte[] xmp)
{
    readonly List<(int Start, int End, string Text)> _changes = [];

    public List<XmpTag> Tags { get; } = XmpTags.Read(xmp);

    /// <summary>The values of simple properties, as attributes or as elements: name, first byte, byte after the last.</summary>
    public IEnumerable<(string Name, int Start, int End)> Values(int firstTag = 0, int lastTag = int.MaxValue)
    {
        for (int i = firstTag; i < Tags.Count && i <= lastTag; i++)
        {
            XmpTag tag = Tags[i];
            foreach (XmpAttribute attribute in tag.Attributes) yield return (attribute.Name, attribute.ValueStart, attribute.ValueEnd);
            if (tag.Kind == XmpTagKind.Open && i + 1 < Tags.Count && Tags[i + 1].Kind == XmpTagKind.Close && Tags[i + 1].Name == tag.Name)
                yield return (tag.Name, tag.End, Tags[i + 1].Start);
        }
    }

    public string Text(int start, int end) => XmpTags.Text(xmp, start, end);

    /// <summary>Replaces a number, keeping the white space around it; what is no number stays.</summary>
    public void ChangeNumber(int start, int end, Func<double, double> change)
    {
        string text = Text(start, end), trimmed = text.Trim();
        if (!double.TryParse(trimmed, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !double.IsFinite(change(value))) return;
        bool whole = trimmed.All(c => char.IsAsciiDigit(c) || c == '-');
        string changed = change(value).ToString(whole ? "F0" : "0.######", CultureInfo.InvariantCulture);
        if (changed != trimmed) Change(start, end, text.Replace(trimmed, changed, StringComparison.Ordinal));
    }

    public void Change(int start, int end, string text) => _changes.Add((start, end, text));

    /// <summary>Takes out an element with all it holds and the white space before it.</summary>
    public void RemoveElement(int tag)
    {
        int start = Tags[tag].Start;
        while (start > 0 && xmp[start - 1] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') start--;
        Change(start, Tags[Tags[tag].Partner].End, "");
    }

    public void RemoveAttribute(XmpAttribute attribute) => Change(attribute.Start, attribute.End, "");

    /// <summary>The packet with the changes; the packet itself where there are none. A change inside a removed part is no change.</summary>
    public byte[] Result()
    {
        if (_changes.Count == 0) return xmp;
        using MemoryStream result = new(xmp.Length);
        int at = 0;
        foreach ((int start, int end, string text) in _changes.OrderBy(c => c.Start).ThenByDescending(c => c.End))
        {
            if (start < at) continue;
            result.Write(xmp.AsSpan(at, start - at));
            result.Write(Encoding.UTF8.GetBytes(text));
            at = end;
        }
        result.Write(xmp.AsSpan(at));
        return result.ToArray();
    }
}
