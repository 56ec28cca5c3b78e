namespace PgpSr.Imaging;

/// <summary>A tag of an XMP packet and where it stands in the packet's bytes.</summary>
/// <param name="Name">Its name with its namespace, as <c>{namespace}local</c>.</param>
/// <param name="Kind">What it begins or ends.</param>
/// <param name="Start">Its first byte.</param>
/// <param name="End">The byte after its last.</param>
/// <param name="Attributes">Its attributes.</param>
readonly record struct XmpTag(string Name, XmpTagKind Kind, int Start, int End, XmpAttribute[] Attributes)
{
    /// <summary>The place, among all tags, of the one that ends the element which this one begins, or the other way round.</summary>
    public int Partner { get; init; }
}

/// <summary>An attribute of a tag.</summary>
/// <param name="Name">Its name with its namespace, as <c>{namespace}local</c>.</param>
/// <param name="Start">The white space before it.</param>
/// <param name="ValueStart">The first byte of its value.</param>
/// <param name="ValueEnd">The quotation mark after its value.</param>
readonly record struct XmpAttribute(string Name, int Start, int ValueStart, int ValueEnd)
{
    /// <summary>The byte after it.</summary>
    public int End => ValueEnd + 1;
}

/// <summary>What a tag does.</summary>
enum XmpTagKind
{
    /// <summary>Begins an element.</summary>
    Open,

    /// <summary>Ends an element.</summary>
    Close,

    /// <summary>Is an element without content.</summary>
    Empty,
}
