namespace PgpSr.Imaging;

/// <summary>
/// Turns frames of WebP into pixels and back. This room walks the container, checks it against the frame's own header and limits, and reads and writes
/// ICC, EXIF and XMP itself; the pixels are a codec's work that <see cref="ImageFormats.Register"/> was given.
/// </summary>
interface IWebPCodec
{
    /// <summary>Decodes one still picture.</summary>
    /// <param name="file">A WebP file of one frame without metadata; its container and its sizes have been checked.</param>
    /// <param name="info">What the frame's header says: 8 bits, RGB, or RGB and straight alpha.</param>
    /// <param name="pixels">Receives the rows, <see cref="ImageInfo.Length"/> bytes.</param>
    /// <remarks>Whatever it throws means a damaged file.</remarks>
    void Decode(byte[] file, ImageInfo info, Span<byte> pixels);

    /// <summary>Encodes a picture.</summary>
    /// <param name="image">8 bits, RGB, or RGB and straight alpha; at most 16383 pixels a side.</param>
    /// <param name="quality">1 to 100 for VP8; null for VP8L, without loss.</param>
    /// <returns>A WebP file of one frame; its metadata, if any, are left out.</returns>
    byte[] Encode(Image image, int? quality);
}
