namespace PgpSr.Imaging.Tests.Codecs;

/// <summary>BMP, TGA and GIF files made byte by byte.</summary>
static class OtherFormats
{
    static byte[] Little16(int value) => [(byte)value, (byte)(value >> 8)];

    static byte[] Little32(int value) => [(byte)value, (byte)(value >> 8), (byte)(value >> 16), (byte)(value >> 24)];

    public static byte[] Bmp(Image rgb)
    {
        int stride = (rgb.Width * 3 + 3) / 4 * 4;
        byte[] pixels = new byte[stride * rgb.Height];
        for (int y = 0; y < rgb.Height; y++)
            for (int i = 0; i < rgb.Width * 3; i++) pixels[(rgb.Height - 1 - y) * stride + i / 3 * 3 + 2 - i % 3] = rgb.Row(y)[i];
        return [.. "BM"u8, .. Little32(54 + pixels.Length), .. Little32(0), .. Little32(54), .. Little32(40), .. Little32(rgb.Width),
            .. Little32(rgb.Height),
            .. Little16(1), .. Little16(24), .. Little32(0), .. Little32(pixels.Length), .. new byte[16], .. pixels];
    }

    public static byte[] Tga(Image rgba)
    {
        byte[] pixels = new byte[rgba.Bytes.Length];
        for (int i = 0; i < pixels.Length; i++) pixels[i / 4 * 4 + (i % 4 == 3 ? 3 : 2 - i % 4)] = rgba.Bytes[i];
        return [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. Little16(rgba.Width), .. Little16(rgba.Height), 32, 0x28, .. pixels];
    }

    /// <summary>A GIF of 128 grays, its LZW codes all literal with a clear code often enough to keep them at 8 bits.</summary>
    public static byte[] Gif(Image gray)
    {
        List<byte> file = [.. "GIF89a"u8, .. Little16(gray.Width), .. Little16(gray.Height), 0xF6, 0, 0];
        for (int i = 0; i < 128; i++) file.AddRange([(byte)(i * 2), (byte)(i * 2), (byte)(i * 2)]);
        file.AddRange([0x2C, 0, 0, 0, 0, .. Little16(gray.Width), .. Little16(gray.Height), 0, 7]);
        const byte Clear = 128, End = 129;
        List<byte> codes = [];
        for (int i = 0; i < gray.Bytes.Length; i++)
        {
            if (i % 100 == 0) codes.Add(Clear);
            codes.Add((byte)(gray.Bytes[i] / 2));
        }
        codes.Add(End);
        foreach (byte[] block in codes.Chunk(255)) file.AddRange([(byte)block.Length, .. block]);
        file.AddRange([0, 0x3B]);
        return [.. file];
    }
}
