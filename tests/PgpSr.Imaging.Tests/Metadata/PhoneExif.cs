using System.Buffers.Binary;
using System.Text;

namespace PgpSr.Imaging.Tests.Metadata;

/// <summary>EXIF as a telephone writes it: sizes in two places, a subject area, GPS, a maker's note, a thumbnail at the end.</summary>
static class PhoneExif
{
    public static readonly byte[] Thumbnail = Pictures.Encode(Pictures.Make(16, 12, 3, 8, seed: 9), ImageFormat.Jpeg);

    public static ExifEntry Text(ushort tag, string text)
    {
        byte[] value = [.. Encoding.UTF8.GetBytes(text), 0];
        return new(tag, 2, (uint)value.Length, value);
    }

    public static ExifEntry Short(ushort tag, params ushort[] values) =>
        new(tag, 3, (uint)values.Length, [.. values.SelectMany(BitConverter.GetBytes)]);

    public static ExifEntry Long(ushort tag, uint value) => new(tag, 4, 1, BitConverter.GetBytes(value));

    public static ExifEntry Rational(ushort tag, uint numerator, uint denominator) =>
        new(tag, 5, 1, [.. BitConverter.GetBytes(numerator), .. BitConverter.GetBytes(denominator)]);

    /// <summary>A little-endian block for a picture of this size.</summary>
    public static byte[] Build(int width, int height, ushort orientation = 1)
    {
        List<ExifEntry> main =
        [
            Long(0x0100, (uint)width), Long(0x0101, (uint)height), Text(0x010F, "Acme"), Text(0x0110, "Phone 1"), Short(0x0112, orientation),
            Rational(0x011A, 240, 1), Rational(0x011B, 240, 1), Short(0x0128, 2), Text(0x0132, "2020:01:02 03:04:05"), Text(0x013B, "J. Doe"),
            Text(0x8298, "(c) Doe"), new(0x9C9B, 1, 12, Encoding.Unicode.GetBytes("Titel\0")),
        ];
        List<ExifEntry> exif =
        [
            Rational(0x829A, 1, 250), Text(0x9003, "2020:01:02 03:04:05"), Short(0x9214, 10, 6, 4, 2),
            new(0x927C, 7, 10, "Maker\0\0\0\x1\x2"u8.ToArray()),
            Long(0xA002, (uint)width), Long(0xA003, (uint)height), Rational(0xA20E, 1000, 1), Rational(0xA20F, 1000, 1), Short(0xA210, 3),
        ];
        List<ExifEntry> gps = [Text(0x0001, "N"), new(0x0002, 5, 3, new byte[24])];
        List<ExifEntry> interoperability = [Text(0x0001, "R98")];
        byte[] block = ExifDirectories.Build(main, exif, gps, interoperability, bigEndian: false);
        byte[] second = TiffDirectoryBytes.Build(
            [Short(0x0103, 6), Long(0x0201, (uint)block.Length + 42), Long(0x0202, (uint)Thumbnail.Length)], [], [], [], block.Length, false, false);
        Assert.Equal(42, second.Length);
        int next = 8 + 2 + 12 * BinaryPrimitives.ReadUInt16LittleEndian(block.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(next), block.Length);
        return [.. block, .. second, .. Thumbnail];
    }
}
