namespace PgpSr.Imaging;

/// <summary>
/// The formats and extensions that can be read, that can be written, and that are known by name only. Folder walks, messages and the choice of a
/// format by a path use this list.
/// </summary>
public static class ImageFormats
{
    // Extension, format, whether a result may be called so. An MPO is a JPEG with further pictures behind it; a result is a plain JPEG.
    static readonly (string Extension, ImageFormat Format, bool Written)[] s_extensions =
    [
        (".png", ImageFormat.Png, true),
        (".jpg", ImageFormat.Jpeg, true),
        (".jpeg", ImageFormat.Jpeg, true),
        (".jpe", ImageFormat.Jpeg, true),
        (".jfif", ImageFormat.Jpeg, true),
        (".mpo", ImageFormat.Jpeg, false),
        (".tif", ImageFormat.Tiff, true),
        (".tiff", ImageFormat.Tiff, true),
        (".bmp", ImageFormat.Bmp, false),
        (".dib", ImageFormat.Bmp, false),
        (".tga", ImageFormat.Tga, false),
        (".gif", ImageFormat.Gif, false),
        (".webp", ImageFormat.WebP, true),
    ];

    // Pictures that a folder may well hold and that nothing here reads.
    static readonly (string Extension, string Name)[] s_unread =
    [
        (".webp", "WebP"), (".avif", "AVIF"), (".heic", "HEIC"), (".heif", "HEIF"), (".jxl", "JPEG XL"), (".jp2", "JPEG 2000"), (".psd", "Photoshop"),
        (".dng", "a raw photograph"), (".cr2", "a raw photograph"), (".cr3", "a raw photograph"), (".nef", "a raw photograph"),
        (".arw", "a raw photograph"),
    ];

    /// <summary>What decodes and encodes WebP; null until a codec is registered.</summary>
    internal static IWebPCodec? WebP { get; private set; }

    /// <summary>Lets every reader and writer of this process know WebP. The package <c>PgpSr.Imaging.WebP</c> calls it.</summary>
    internal static void Register(IWebPCodec codec)
    {
        ArgumentNullException.ThrowIfNull(codec);
        WebP = codec;
    }

    /// <summary>Extensions of files that can be read, lower-case and with the dot.</summary>
    public static IEnumerable<string> ReadExtensions => s_extensions.Where(entry => IsKnown(entry.Format)).Select(entry => entry.Extension);

    /// <summary>Formats that can be read, as messages list them.</summary>
    public static string ReadNames => WebP is null ? "PNG, JPEG, TIFF, BMP, TGA and GIF" : "PNG, JPEG, TIFF, WebP, BMP, TGA and GIF";

    /// <summary>The usual extensions of formats that can be written, as messages list them.</summary>
    public static string WrittenExtensions => WebP is null ? ".png, .jpg or .tif" : ".png, .jpg, .tif or .webp";

    /// <summary>Formats that can be written.</summary>
    public static IEnumerable<ImageFormat> Written =>
        s_extensions.Where(entry => entry.Written && IsKnown(entry.Format)).Select(entry => entry.Format).Distinct();

    /// <summary>Whether a path has the extension of a picture that can be read. The actual format is recognized by a file's first bytes.</summary>
    public static bool IsRead(string path) => Find(path) is not null;

    /// <summary>The format in which a file of this name is written; null if there is none.</summary>
    public static ImageFormat? WrittenFormat(string path) => Find(path) is { Written: true } entry ? entry.Format : null;

    /// <summary>The name of the unsupported picture format that a path's extension stands for; null for supported formats and other files.</summary>
    public static string? UnreadName(string path)
    {
        string extension = Path.GetExtension(path);
        return IsRead(path) ? null
            : s_unread.FirstOrDefault(entry => entry.Extension.Equals(extension, StringComparison.OrdinalIgnoreCase)).Name;
    }

    /// <summary>The usual extension of a format, with its dot.</summary>
    public static string Extension(ImageFormat format) => s_extensions.First(entry => entry.Format == format).Extension;

    internal static ImageFormat ForWriting(string path) => WrittenFormat(path) ?? Throw.Codec<ImageFormat>(
        Path.GetExtension(path) is { Length: > 0 } other
        ? $"the extension '{other}' is not that of a supported output format; use {WrittenExtensions}"
        : $"the path has no extension that names the format; use {WrittenExtensions}, or set ImageSaveOptions.Format");

    static bool IsKnown(ImageFormat format) => format != ImageFormat.WebP || WebP is not null;

    static (string Extension, ImageFormat Format, bool Written)? Find(string path)
    {
        string extension = Path.GetExtension(path);
        foreach (var entry in s_extensions)
            if (IsKnown(entry.Format) && entry.Extension.Equals(extension, StringComparison.OrdinalIgnoreCase)) return entry;
        return null;
    }
}
