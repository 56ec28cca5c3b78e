using System.Text;
using System.Text.Unicode;

namespace PgpSr.Imaging;

/// <summary>Texts of fields that by their standards are ASCII or Latin-1, and in practice are often UTF-8.</summary>
static class MetadataText
{
    /// <summary>UTF-8 where the bytes are that, else Latin-1: other text is hardly ever valid UTF-8 by chance.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes) =>
        Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : Encoding.Latin1.GetString(bytes);

    // Names come from files and go to terminals.
    const int MaxNameLength = 40;

    /// <summary>A name of a file's own for a message: in quotation marks, without control characters, cut short.</summary>
    public static string Quote(string name) =>
        "\"" + string.Concat(name.Take(MaxNameLength).Select(c => char.IsControl(c) ? '?' : c)) + (name.Length > MaxNameLength ? "…\"" : "\"");

    /// <summary>Bytes of a length in words.</summary>
    public static string Size(long bytes) => bytes < 1024 ? $"{bytes} bytes" : $"{(bytes + 1023) / 1024} KB";
}
