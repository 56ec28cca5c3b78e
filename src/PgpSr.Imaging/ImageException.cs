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

    /// <summary>The format, if it was recognized or requested.</summary>
    public ImageFormat? Format { get; }

    /// <summary>What is wrong and, if possible, how to solve it.</summary>
    public string Reason { get; }
}
