namespace PgpSr.Imaging;

/// <summary>One entry of a TIFF directory with its value, in the byte order of the block it came from.</summary>
readonly record struct ExifEntry(ushort Tag, ushort Type, uint Count, byte[] Value);
