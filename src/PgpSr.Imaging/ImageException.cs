namespace PgpSr.Imaging;

/// <summary>An image could not be read or written. The message names the file, its format and the reason.</summary>
public sealed class ImageException : PgpSrException
{
    internal ImageException(string file, ImageFormat? format, string reason, Exception? inner = null)
        : base(format is { } f ? $"{file} ({f.ToString().ToUpperInvariant()}): {reason}" : $"{file}: {reason}", inner)
    {
        File = file;
        Format = format;
        Reason = reason;
    }

    /// <summary>The path, or the name given to the stream.</summary>
    public string File { get; }

    /// <summary>The format, where it was recognized or asked for.</summary>
    public ImageFormat? Format { get; }

    /// <summary>What is wrong and, where there is one, the way out.</summary>
    public string Reason { get; }
}
