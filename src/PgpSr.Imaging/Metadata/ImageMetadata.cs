namespace PgpSr.Imaging;

/// <summary>Everything in an image file except its pixels that is copied from input to output.</summary>
public sealed class ImageMetadata
{
    /// <summary>ICC profile bytes, or null.</summary>
    public byte[]? IccProfile { get; set; }

    /// <summary>EXIF as a TIFF structure (beginning with <c>II*</c> or <c>MM</c>, no <c>Exif\0\0</c> prefix), or null.</summary>
    public byte[]? Exif { get; set; }

    /// <summary>XMP packet (UTF-8 XML), or null.</summary>
    public byte[]? Xmp { get; set; }

    /// <summary>IPTC records (IIM 4.2, beginning with 0x1C), or null.</summary>
    public byte[]? Iptc { get; set; }

    /// <summary>
    /// Photoshop image resources (blocks beginning with <c>8BIM</c>) other than IPTC, such as clipping paths and the resolution for print, or null.
    /// </summary>
    public byte[]? PhotoshopResources { get; set; }

    /// <summary>Pixel density, or null.</summary>
    public ImageResolution? Resolution { get; set; }

    /// <summary>PNG gAMA: file gamma times 100000, or null.</summary>
    public uint? Gamma { get; set; }

    /// <summary>PNG cHRM: white, red, green, blue as x, y pairs times 100000 (8 numbers), or null.</summary>
    public uint[]? Chromaticities { get; set; }

    /// <summary>PNG sRGB: rendering intent 0 to 3, or null.</summary>
    public byte? SrgbIntent { get; set; }

    /// <summary>PNG cICP: the four code points of ITU-T H.273, or null.</summary>
    public byte[]? CodePoints { get; set; }

    /// <summary>Texts by keyword in file order (PNG tEXt, zTXt and iTXt; JPEG comments; TIFF description and software).</summary>
    public IList<KeyValuePair<string, string>> Text { get; } = [];

    /// <summary>
    /// Defects of the file that could be tolerated, such as a damaged text chunk. Whoever writes these metadata to a file
    /// adds one line that lists what the file does not carry.
    /// </summary>
    public IList<string> Warnings { get; } = [];

    /// <summary>
    /// Names of what the source held and the picture with these metadata does not, such as "the gain map" or an animation's other pictures: part
    /// of the one warning that writing gives.
    /// </summary>
    public IList<string> NotCarried { get; } = [];

    // What is said about the pixels, also where a result is to carry no metadata.
    internal const string OtherPictures = "the other pictures of the file; only the first was read";
    internal const string Inks = "CMYK colors, which were converted to RGB without a profile and are approximate";

    /// <summary>An independent copy without the warnings; byte arrays are shared.</summary>
    public ImageMetadata Clone()
    {
        ImageMetadata copy = new()
        {
            IccProfile = IccProfile,
            Exif = Exif,
            Xmp = Xmp,
            Iptc = Iptc,
            PhotoshopResources = PhotoshopResources,
            Resolution = Resolution,
            Gamma = Gamma,
            Chromaticities = Chromaticities,
            SrgbIntent = SrgbIntent,
            CodePoints = CodePoints,
        };
        foreach (KeyValuePair<string, string> text in Text) copy.Text.Add(text);
        foreach (string name in NotCarried) copy.NotCarried.Add(name);
        return copy;
    }

    /// <summary>None at all, for a result that is to carry none; what <see cref="NotCarried"/> says of the pixels is kept.</summary>
    public ImageMetadata WithoutMetadata()
    {
        ImageMetadata none = new();
        foreach (string name in NotCarried.Where(name => name is OtherPictures or Inks)) none.NotCarried.Add(name);
        return none;
    }

    /// <summary>
    /// A copy for the picture enlarged or reduced: numbers that count pixels (EXIF's and XMP's sizes, panoramas, subject areas) follow.
    /// </summary>
    /// <param name="width">Columns of the picture that these metadata describe.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="newWidth">Columns of the picture that the copy describes.</param>
    /// <param name="newHeight">Its rows.</param>
    public ImageMetadata Resized(int width, int height, int newWidth, int newHeight) =>
        MetadataChange.Apply(this, PixelMap.Resizing(width, height, newWidth, newHeight));

    /// <summary>
    /// A copy for a part of the picture: numbers that count pixels follow, and embedded smaller pictures, which would show what was cut away, are
    /// left out.
    /// </summary>
    /// <param name="width">Columns of the picture that these metadata describe.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="left">First column kept.</param>
    /// <param name="top">First row kept.</param>
    /// <param name="newWidth">Columns kept.</param>
    /// <param name="newHeight">Rows kept.</param>
    public ImageMetadata Cut(int width, int height, int left, int top, int newWidth, int newHeight) =>
        MetadataChange.Apply(this, PixelMap.Cutting(width, height, left, top, newWidth, newHeight));

    // More are not told apart: a hostile file may hold any number.
    const int MaxNames = 24;
    const string Others = "others";

    // A thing may be met more than once.
    internal void Lose(string name)
    {
        if (NotCarried.Count <= MaxNames && !NotCarried.Contains(name)) NotCarried.Add(NotCarried.Count < MaxNames ? name : Others);
    }

    /// <summary>The text of the first entry with this keyword, or null.</summary>
    public string? FindText(string keyword)
    {
        foreach (KeyValuePair<string, string> text in Text)
            if (string.Equals(text.Key, keyword, StringComparison.OrdinalIgnoreCase)) return text.Value;
        return null;
    }

    /// <summary>Replaces every entry with this keyword by one, at the end.</summary>
    public void SetText(string keyword, string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(keyword);
        ArgumentNullException.ThrowIfNull(text);
        RemoveTexts(i => string.Equals(Text[i].Key, keyword, StringComparison.OrdinalIgnoreCase));
        Text.Add(new(keyword, text));
    }

    // In one pass: files may have hundreds of thousands.
    internal void RemoveTexts(Func<int, bool> remove)
    {
        int kept = 0;
        for (int i = 0; i < Text.Count; i++)
            if (!remove(i)) Text[kept++] = Text[i];
        while (Text.Count > kept) Text.RemoveAt(Text.Count - 1);
    }

    // The color space signature at offset 16 (ICC.1:2022, 7.2.6): a profile for another color model would be wrong, not merely useless.
    internal byte[]? IccProfileFor(int colorChannels)
    {
        if (IccProfile is not { Length: >= 128 } icc) return null;
        ReadOnlySpan<byte> space = icc.AsSpan(16, 4);
        return space.SequenceEqual(colorChannels == 1 ? "GRAY"u8 : "RGB "u8) ? icc : null;
    }
}
