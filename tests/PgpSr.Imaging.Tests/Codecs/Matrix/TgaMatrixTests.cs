using System.Text;

namespace PgpSr.Imaging.Tests.Codecs.Matrix;

/// <summary>Every type, depth, corner and number of attribute bits of TGA, with the pixels each file was made from.</summary>
public sealed class TgaMatrixTests
{
    const int Width = 23, Height = 9, MapStart = 7, MapLength = 40;

    public static TheoryData<int, int, int> TypesDepthsAndMaps()
    {
        TheoryData<int, int, int> data = [];
        foreach (int packed in (int[])[0, 8])
        {
            foreach (int bits in (int[])[8, 16])
                foreach (int map in (int[])[15, 16, 24, 32]) data.Add(1 + packed, bits, map);
            foreach (int bits in (int[])[15, 16, 24, 32]) data.Add(2 + packed, bits, 0);
            foreach (int bits in (int[])[8, 16]) data.Add(3 + packed, bits, 0);
        }
        return data;
    }

    [Theory, MemberData(nameof(TypesDepthsAndMaps))]
    public void Types_depths_corners_and_attribute_bits(int type, int bits, int mapBits)
    {
        bool mapped = type is 1 or 9, gray = type is 3 or 11;
        int colorBits = mapped ? mapBits : bits;
        int alphaBits = colorBits switch { 32 => 8, 16 when gray => 8, 16 => 1, _ => 0 };
        Random random = new(type * 100 + bits + mapBits);
        uint[] map = [.. Enumerable.Range(0, mapped ? MapLength : 0).Select(_ => (uint)random.NextInt64(1L << mapBits))];
        uint[] pixels = new uint[Width * Height];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = i > 0 && random.Next(2) == 0 ? pixels[i - 1]
                : mapped ? (uint)(MapStart + random.Next(MapLength)) : (uint)random.NextInt64(1L << bits);
        foreach (int corner in (int[])[0x00, 0x10, 0x20, 0x30])
            foreach (int attributes in alphaBits > 0 ? (int[])[0, alphaBits] : [0])
                foreach (int identity in (int[])[0, 20])
                {
                    byte[] file = File(type, bits, mapBits, corner | attributes, identity, map, pixels);
                    int channels = (gray ? 1 : 3) + (attributes > 0 ? 1 : 0);
                    Image image = Pictures.Decode(file);
                    Assert.Equal(new ImageInfo(Width, Height, channels, 8), image.Info);
                    for (int y = 0; y < Height; y++)
                        for (int x = 0; x < Width; x++)
                        {
                            int row = (corner & 0x20) != 0 ? y : Height - 1 - y, column = (corner & 0x10) != 0 ? Width - 1 - x : x;
                            uint pixel = pixels[row * Width + column];
                            byte[] expected = Expected(mapped ? map[pixel - MapStart] : pixel, colorBits, gray)[..channels];
                            Assert.Equal(expected, image.Row(y).Slice(x * channels, channels).ToArray());
                        }
                }
    }

    static byte[] Expected(uint value, int bits, bool gray)
    {
        if (gray) return [(byte)value, (byte)(value >> 8)];
        return bits <= 16
            ? [Five(value >> 10), Five(value >> 5), Five(value), (byte)((value >> 15 & 1) * 255)]
            : [(byte)(value >> 16), (byte)(value >> 8), (byte)value, (byte)(value >> 24)];
    }

    static byte Five(uint value) => (byte)Math.Round((value & 31) * 255 / 31.0);

    static byte[] File(int type, int bits, int mapBits, int descriptor, int identity, uint[] map, uint[] pixels, byte[]? after = null)
    {
        List<byte> file = [(byte)identity, (byte)(map.Length > 0 ? 1 : 0), (byte)type, (byte)(map.Length > 0 ? MapStart : 0), 0, (byte)map.Length, 0,
            (byte)mapBits, 0, 0, 0, 0, Width, 0, Height, 0, (byte)bits, (byte)descriptor, .. new byte[identity]];
        foreach (uint entry in map) file.AddRange(Bytes(entry, mapBits));
        for (int i = 0; i < pixels.Length;)
        {
            if (type < 8)
            {
                file.AddRange(Bytes(pixels[i++], bits));
                continue;
            }
            // Packets go on over the ends of rows, as old writers have them.
            int run = 1;
            while (i + run < pixels.Length && run < 128 && pixels[i + run] == pixels[i]) run++;
            int literal = Math.Min(pixels.Length - i, 1 + i % 3);
            file.Add((byte)(run > 1 ? 0x80 | (run - 1) : literal - 1));
            for (int j = 0; j < (run > 1 ? 1 : literal); j++) file.AddRange(Bytes(pixels[i + j], bits));
            i += run > 1 ? run : literal;
        }
        return [.. file, .. after ?? []];
    }

    static byte[] Bytes(uint value, int bits) => BitConverter.GetBytes(value)[..((bits + 7) / 8)];

    [Theory, InlineData(0, false), InlineData(1, false), InlineData(2, false), InlineData(3, true), InlineData(4, true)]
    public void The_extension_area_says_what_alpha_is(byte attributesType, bool alpha)
    {
        uint[] pixels = [.. Enumerable.Repeat(0x80402010u, Width * Height)];
        byte[] extension = new byte[495];
        (extension[0], extension[1], extension[494]) = (495 & 255, 495 >> 8, attributesType);
        int at = 18 + 4 * pixels.Length;
        byte[] footer = [(byte)at, (byte)(at >> 8), 0, 0, 0, 0, 0, 0, .. Encoding.ASCII.GetBytes("TRUEVISION-XFILE.\0")];
        Image image = Pictures.Decode(File(2, 32, 0, 8, 0, [], pixels, [.. extension, .. footer]));
        byte[] expected = attributesType switch
        {
            3 => [0x40, 0x20, 0x10, 0x80],
            4 => [0x80, 0x40, 0x20, 0x80],
            _ => [0x40, 0x20, 0x10],
        };
        Assert.Equal(alpha, image.HasAlpha);
        Assert.Equal(expected, image.Bytes[..expected.Length].ToArray());
    }

    [Fact]
    public void A_map_that_nothing_uses_is_passed_over_and_indices_outside_one_are_black()
    {
        uint[] colors = [.. Enumerable.Range(0, Width * Height).Select(i => (uint)(i * 1234567 & 0xFFFFFF))];
        Image image = Pictures.Decode(File(2, 24, 24, 0x20, 0, [1, 2, 3], colors));
        Assert.Equal([(byte)(colors[5] >> 16), (byte)(colors[5] >> 8), (byte)colors[5]], image.Bytes.Slice(15, 3).ToArray());
        image = Pictures.Decode(File(1, 8, 24, 0x20, 0, [0xFFFFFF], [.. Enumerable.Range(0, Width * Height).Select(i => (uint)(i & 255))]));
        Assert.Equal([0, 0, 0, 255, 255, 255, 0, 0, 0], image.Bytes.Slice(3 * (MapStart - 1), 9).ToArray());
    }

    [Theory]
    [InlineData(2, 24, 0x40, "interleaved"), InlineData(11, 24, 0, "not supported"), InlineData(1, 8, 0, "color map")]
    public void What_is_not_supported_is_named(int type, int bits, int descriptor, string reason)
    {
        byte[] file = File(type, bits, 0, descriptor, 0, [], new uint[Width * Height]);
        Assert.Contains(reason, Assert.Throws<ImageException>(() => Pictures.Decode(file)).Reason, StringComparison.Ordinal);
    }
}
