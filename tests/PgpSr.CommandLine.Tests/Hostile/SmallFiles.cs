using PgpSr.Imaging;

namespace PgpSr.CommandLine.Tests.Hostile;

/// <summary>
/// Small valid files of every format that is read, to be damaged. BMP, TGA and GIF are made byte by byte: the library does not write them.
/// </summary>
static class SmallFiles
{
    const int Width = 24, Height = 18;

    /// <summary>Extension without its dot, and the file.</summary>
    public static IReadOnlyList<(string Extension, byte[] File)> All()
    {
        Image color = TestPictures.Make(Width, Height), deep = TestPictures.Make(Width, Height, 4, 16), gray = TestPictures.Make(Width, Height, 1);
        color.Metadata.Exif = ExifFiles.Orientation(1);
        color.Metadata.SetText("Comment", "a text");
        return
        [
            ("png", Encode(color, ImageFormat.Png)), ("png", Encode(deep, ImageFormat.Png)),
            ("jpg", Encode(color, ImageFormat.Jpeg)), ("jpg", Encode(gray, ImageFormat.Jpeg)),
            ("tif", Encode(color, ImageFormat.Tiff)), ("tif", Encode(deep, ImageFormat.Tiff)),
            ("bmp", Bmp(color)), ("tga", Tga(color)), ("gif", Gif(gray)),
        ];
    }

    static byte[] Encode(Image image, ImageFormat format)
    {
        using MemoryStream stream = new();
        image.Save(stream, new() { Format = format });
        return stream.ToArray();
    }

    static byte[] Little(int value, int bytes) => [.. Enumerable.Range(0, bytes).Select(i => (byte)(value >> (8 * i)))];

    // Bottom row first, blue before red, rows of 24 pixels need no padding to four bytes.
    static byte[] Bmp(Image image)
    {
        List<byte> pixels = [];
        for (int y = Height - 1; y >= 0; y--) pixels.AddRange(BlueFirst(image.Row(y)));
        byte[] size = [.. Little(Width, 4), .. Little(Height, 4)];
        return
        [
            .. "BM"u8, .. Little(54 + pixels.Count, 4), .. Little(0, 4), .. Little(54, 4),
            .. Little(40, 4), .. size, .. Little(1, 2), .. Little(24, 2), .. new byte[24],
            .. pixels,
        ];
    }

    // Type 2, uncompressed color; 0x20: top row first.
    static byte[] Tga(Image image) => [0, 0, 2, .. new byte[9], .. Little(Width, 2), .. Little(Height, 2), 24, 0x20, .. BlueFirst(image.Bytes)];

    static byte[] BlueFirst(ReadOnlySpan<byte> rgb)
    {
        byte[] result = rgb.ToArray();
        for (int i = 0; i < result.Length; i += 3) (result[i], result[i + 2]) = (result[i + 2], result[i]);
        return result;
    }

    // 128 grays; LZW codes all literal, with a clear code (128) often enough to keep them at 8 bits, and the end code 129.
    static byte[] Gif(Image gray)
    {
        List<byte> file = [.. "GIF89a"u8, .. Little(Width, 2), .. Little(Height, 2), 0xF6, 0, 0];
        for (int i = 0; i < 128; i++) file.AddRange([(byte)(2 * i), (byte)(2 * i), (byte)(2 * i)]);
        file.AddRange([0x2C, 0, 0, 0, 0, .. Little(Width, 2), .. Little(Height, 2), 0, 7]);
        List<byte> codes = [];
        for (int i = 0; i < gray.Bytes.Length; i++)
        {
            if (i % 100 == 0) codes.Add(128);
            codes.Add((byte)(gray.Bytes[i] / 2));
        }
        codes.Add(129);
        foreach (byte[] block in codes.Chunk(255)) file.AddRange([(byte)block.Length, .. block]);
        return [.. file, 0, 0x3B];
    }
}
