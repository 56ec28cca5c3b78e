namespace PgpSr.CommandLine.Tests;

/// <summary>EXIF made byte by byte.</summary>
static class ExifFiles
{
    /// <summary>One entry: 0x0112, how the picture is to be turned.</summary>
    public static byte[] Orientation(int value) =>
    [
        (byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0,
        1, 0,
        0x12, 0x01, 3, 0, 1, 0, 0, 0, (byte)value, 0, 0, 0,
        0, 0, 0, 0,
    ];
}
