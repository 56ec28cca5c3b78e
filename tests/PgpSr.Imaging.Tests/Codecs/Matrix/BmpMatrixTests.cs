namespace PgpSr.Imaging.Tests.Codecs.Matrix;

/// <summary>Every header, depth, mask and compression of BMP, with the pixels each file was made from.</summary>
public sealed class BmpMatrixTests
{
    const int Width = 37, Height = 11;

    static readonly byte[] s_palette = [.. new Random(5).GetItems(Enumerable.Range(0, 256).Select(i => (byte)i).ToArray(), 768)];

    public static TheoryData<int, int> HeadersAndDepths()
    {
        TheoryData<int, int> data = [];
        foreach (int header in (int[])[12, 16, 40, 52, 56, 64, 108, 124])
            foreach (int bits in (int[])[1, 2, 4, 8, 16, 24, 32]) data.Add(header, bits);
        return data;
    }

    [Theory, MemberData(nameof(HeadersAndDepths))]
    public void Headers_depths_directions_and_gaps(int header, int bits)
    {
        foreach (bool topDown in (bool[])[false, true])
            foreach (int gap in (int[])[0, 10])
                foreach (int width in (int[])[1, 7, 8, Width])
                {
                    if (topDown && header == 12) continue;
                    int[] values = Values(width * Height, bits, seed: bits + gap);
                    RawBmp bmp = new() { Header = header, Bits = bits, Width = width, Height = Height, TopDown = topDown, Gap = gap };
                    AssertPixels(values, bits, Pictures.Decode(bmp.File(s_palette, bmp.Rows(values))), new(width, Height, 3, 8));
                }
    }

    static int[] Values(int count, int bits, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (int)random.NextInt64(1L << bits))];
    }

    static void AssertPixels(int[] values, int bits, Image image, ImageInfo info)
    {
        Assert.Equal(info, image.Info);
        for (int i = 0; i < values.Length; i++) Assert.Equal(Expected(values[i], bits), image.Bytes.Slice(3 * i, 3).ToArray());
    }

    static byte[] Expected(int value, int bits) => bits switch
    {
        <= 8 => s_palette[(3 * value)..(3 * value + 3)],
        16 => [Scale(value >> 10 & 31, 31), Scale(value >> 5 & 31, 31), Scale(value & 31, 31)],
        _ => [(byte)(value >> 16), (byte)(value >> 8), (byte)value],
    };

    static byte Scale(int value, int largest) => (byte)Math.Round(value * 255.0 / largest);

    [Fact]
    public void A_palette_may_be_short_or_too_long_and_what_it_lacks_is_black()
    {
        int[] values = Values(Width * Height, 8, 1);
        foreach (int colors in (int[])[1, 100, 300])
        {
            byte[] stored = [.. s_palette, .. new byte[300 * 3 - 768]];
            RawBmp bmp = new() { Bits = 8, Width = Width, Height = Height, Colors = colors };
            Image image = Pictures.Decode(bmp.File(stored[..(3 * colors)], bmp.Rows(values)));
            for (int i = 0; i < values.Length; i++)
                Assert.Equal(values[i] < colors ? Expected(values[i], 8) : [0, 0, 0], image.Bytes.Slice(3 * i, 3).ToArray());
        }
    }

    [Fact]
    public void A_palette_before_pixels_that_need_none_is_passed_over()
    {
        foreach (int bits in (int[])[16, 24, 32])
        {
            int[] values = Values(Width * Height, bits, 2);
            RawBmp bmp = new() { Bits = bits, Width = Width, Height = Height, Gap = 1024, Colors = 256 };
            AssertPixels(values, bits, Pictures.Decode(bmp.File([], bmp.Rows(values))), new(Width, Height, 3, 8));
        }
    }

    public static TheoryData<int, int, uint[]> Masks()
    {
        TheoryData<int, int, uint[]> data = [];
        foreach (int header in (int[])[40, 52, 56, 108, 124])
        {
            foreach (uint[] masks in (uint[][])[[0xF800, 0x7E0, 0x1F, 0], [0x7C00, 0x3E0, 0x1F, 0x8000], [0xF00, 0xF0, 0xF, 0xF000], [0xC0, 0x38, 7, 0],
                [0x1F, 0x7E0, 0xF800, 0]])
                data.Add(header, 16, masks);
            foreach (uint[] masks in (uint[][])[[0xFF0000, 0xFF00, 0xFF, 0xFF000000], [0xFF, 0xFF00, 0xFF0000, 0], [0xFF000000, 0xFF0000, 0xFF00, 0xFF],
                [0x3FF00000, 0xFFC00, 0x3FF, 0xC0000000], [0xFFE00000, 0x1FFC00, 0x3FF, 0], [0xFFFFFC00, 0x380, 0x7F, 0]])
                data.Add(header, 32, masks);
        }
        return data;
    }

    [Theory, MemberData(nameof(Masks))]
    public void Bit_fields(int header, int bits, uint[] masks)
    {
        Random random = new(bits);
        uint[] pixels = [.. Enumerable.Range(0, Width * Height).Select(_ => (uint)random.NextInt64(1L << bits))];
        int count = masks[3] != 0 ? 4 : 3;
        // Headers of up to 52 bytes have room for three masks; a fourth takes the compression of Windows CE.
        int compression = count == 4 && header == 40 ? 6 : 3;
        if (header == 52) count = 3;
        RawBmp bmp = new() { Header = header, Bits = bits, Width = Width, Height = Height, Compression = compression, Masks = masks };
        Image image = Pictures.Decode(bmp.File([], bmp.Rows([.. pixels.Select(p => (int)p)])));
        Assert.Equal(new ImageInfo(Width, Height, count, 8), image.Info);
        for (int i = 0; i < pixels.Length; i++)
            for (int c = 0; c < count; c++)
            {
                int shift = System.Numerics.BitOperations.TrailingZeroCount(masks[c]);
                Assert.Equal((byte)Math.Round(((pixels[i] & masks[c]) >> shift) * 255.0 / (masks[c] >> shift)), image.Bytes[i * count + c]);
            }
    }

    [Fact]
    public void Without_an_alpha_mask_the_fourth_byte_is_nothing_and_opaque_alpha_is_left_out()
    {
        int[] values = [.. Values(Width * Height, 24, 3)];
        foreach (byte[] fourth in (byte[][])[[0, 77], [255]])
        {
            int[] stored = [.. values.Select((v, i) => v | fourth[i % fourth.Length] << 24)];
            uint[] masks = fourth.Length == 1 ? [0xFF0000, 0xFF00, 0xFF, 0xFF000000] : [];
            RawBmp bmp = new() { Header = 108, Bits = 32, Width = Width, Height = Height, Compression = masks.Length > 0 ? 3 : 0, Masks = masks };
            AssertPixels(values, 24, Pictures.Decode(bmp.File([], bmp.Rows(stored))), new(Width, Height, 3, 8));
        }
    }

    [Theory]
    [InlineData(40, 8), InlineData(40, 4), InlineData(108, 8), InlineData(64, 24), InlineData(64, 8), InlineData(124, 4)]
    public void Runs(int header, int bits)
    {
        Random random = new(bits);
        int[] values = new int[Width * Height];
        for (int i = 0; i < values.Length; i++) values[i] = i > 0 && random.Next(3) > 0 ? values[i - 1] : random.Next(1 << Math.Min(bits, 24));
        foreach (bool endMark in (bool[])[true, false])
        {
            RawBmp bmp = new()
            {
                Header = header,
                Bits = bits,
                Width = Width,
                Height = Height,
                Compression = bits switch { 4 => 2, 8 => 1, _ => 4 },
            };
            Image image = Pictures.Decode(bmp.File(bits > 8 ? [] : s_palette, bmp.Runs(values, endMark)));
            AssertPixels(values, bits, image, new(Width, Height, 3, 8));
            Assert.Empty(image.Metadata.Warnings);
        }
    }

    [Fact]
    public void Steps_leave_the_first_color_and_runs_over_the_edge_are_cut_with_a_warning()
    {
        RawBmp bmp = new() { Bits = 8, Width = 4, Height = 3, Compression = 1 };
        // Bottom row: one pixel of 1; a step of two right, one up; a run of 2 over the right edge; end of the picture.
        Image image = Pictures.Decode(bmp.File(s_palette, [1, 1, 0, 2, 2, 1, 9, 2, 0, 1]));
        int[] expected = [0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0];
        AssertPixels(expected, 8, image, new(4, 3, 3, 8));
        Assert.Contains("cut", Assert.Single(image.Metadata.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(40, 24, 4, "JPEG"), InlineData(40, 24, 5, "PNG"), InlineData(64, 1, 3, "Huffman"), InlineData(40, 32, 11, "CMYK")]
    [InlineData(40, 64, 0, "64 bits"), InlineData(40, 8, 2, "8 bits per pixel with compression 2"), InlineData(40, 3, 0, "3 bits")]
    public void What_is_not_supported_is_named(int header, int bits, int compression, string reason)
    {
        RawBmp bmp = new() { Header = header, Bits = bits, Width = 4, Height = 4, Compression = compression };
        ImageException e = Assert.Throws<ImageException>(() => Pictures.Decode(bmp.File([], new byte[256])));
        Assert.Contains(reason, e.Reason, StringComparison.Ordinal);
        Assert.Contains("not supported", e.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolution_and_profile_are_read()
    {
        byte[] profile = Pictures.MakeIccProfile(gray: false, 333);
        RawBmp bmp = new() { Header = 124, Bits = 24, Width = 4, Height = 4, Profile = profile, PixelsPerMeter = 2835 };
        ImageMetadata metadata = Pictures.Decode(bmp.File([], new byte[4 * 12])).Metadata;
        Assert.Equal(profile, metadata.IccProfile);
        Assert.Equal(new ImageResolution(2835, 2835, ResolutionUnit.Meter), metadata.Resolution);
    }
}
