namespace PgpSr.Imaging;

/// <summary>File formats that can be read; PNG, JPEG, TIFF and WebP can also be written.</summary>
public enum ImageFormat
{
    /// <summary>Portable Network Graphics: 8 and 16 bit, alpha, lossless.</summary>
    Png,

    /// <summary>JPEG (JFIF/EXIF): 8 bit, no alpha, lossy.</summary>
    Jpeg,

    /// <summary>Tagged Image File Format: 8 and 16 bit, alpha, lossless.</summary>
    Tiff,

    /// <summary>Windows bitmap, read only.</summary>
    Bmp,

    /// <summary>Truevision TGA, read only.</summary>
    Tga,

    /// <summary>GIF, first frame, read only.</summary>
    Gif,

    /// <summary>WebP: 8 bit, alpha, lossy or lossless; supported once a codec is registered (package <c>PgpSr.Imaging.WebP</c>).</summary>
    WebP,
}
