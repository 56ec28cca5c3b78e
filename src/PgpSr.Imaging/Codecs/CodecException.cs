using System.Diagnostics.CodeAnalysis;

namespace PgpSr.Imaging.Codecs;

/// <summary>What a decoder or encoder found wrong, before the file's name is known to it.</summary>
[SuppressMessage("Design", "CA1064:Exceptions should be public",
    Justification = "Never leaves this room: ImageReader and ImageWriter turn it into ImageException.")]
sealed class CodecException(string reason, Exception? inner = null) : Exception(reason, inner);
