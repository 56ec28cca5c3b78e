using BitMiracle.LibJpeg.Classic;

namespace PgpSr.Imaging.Tests.Codecs.Matrix;

/// <summary>Sampling factors, scans, restarts, inks, missing tables and missing ends of JPEG, beside the pixels each file was made from.</summary>
public sealed class JpegMatrixTests
{
    const int Width = 101, Height = 75;

    // Smooth enough that a quarter of the columns or rows holds it.
    internal static byte[] Smooth(int channels)
    {
        byte[] pixels = new byte[Width * Height * channels];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(128 + 90 * Math.Sin((i / channels % Width + 2 * (i / channels / Width)) * 0.012 + i % channels));
        return pixels;
    }

    internal static byte[] Encode(byte[] pixels, int channels, Action<jpeg_compress_struct>? prepare = null)
    {
        using MemoryStream stream = new();
        jpeg_compress_struct jpeg = new()
        {
            Image_width = Width,
            Image_height = Height,
            Input_components = channels,
            In_color_space = channels switch { 1 => J_COLOR_SPACE.JCS_GRAYSCALE, 3 => J_COLOR_SPACE.JCS_RGB, _ => J_COLOR_SPACE.JCS_CMYK },
        };
        jpeg.jpeg_stdio_dest(stream);
        jpeg.jpeg_set_defaults();
        jpeg.jpeg_set_quality(97, true);
        for (int c = 0; c < channels; c++) (jpeg.Component_info[c].H_samp_factor, jpeg.Component_info[c].V_samp_factor) = (1, 1);
        prepare?.Invoke(jpeg);
        jpeg.jpeg_start_compress(true);
        for (int y = 0; y < Height; y++) jpeg.jpeg_write_scanlines([pixels[(y * Width * channels)..((y + 1) * Width * channels)]], 1);
        jpeg.jpeg_finish_compress();
        return stream.ToArray();
    }

    static double MeanError(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        Assert.Equal(a.Length, b.Length);
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += Math.Abs(a[i] - b[i]);
        return sum / a.Length;
    }

    public static TheoryData<int, int> Factors()
    {
        TheoryData<int, int> data = [];
        for (int horizontal = 1; horizontal <= 4; horizontal++)
            for (int vertical = 1; vertical <= 4; vertical++)
                // A unit has at most ten blocks (ITU-T T.81, B.2.3), and the encoder at hand halves only both ways or by three or four.
                if (horizontal * vertical <= 8 && (horizontal, vertical) is not ((1, 2) or (2, 1) or (1, 4) or (4, 1) or (2, 3) or (3, 2)))
                    data.Add(horizontal, vertical);
        return data;
    }

    [Theory, MemberData(nameof(Factors))]
    public void Sampling_factors_of_brightness_and_of_color(int horizontal, int vertical)
    {
        byte[] pixels = Smooth(3);
        foreach (bool progressive in (bool[])[false, true])
            foreach (int component in (int[])[0, 1])
            {
                byte[] file = Encode(pixels, 3, jpeg =>
                {
                    (jpeg.Component_info[component].H_samp_factor, jpeg.Component_info[component].V_samp_factor) = (horizontal, vertical);
                    if (progressive) jpeg.jpeg_simple_progression();
                });
                Image image = Pictures.Decode(file);
                Assert.Equal(new ImageInfo(Width, Height, 3, 8), image.Info);
                Assert.True(MeanError(pixels, image.Bytes) < 3, $"component {component}, progressive {progressive}: {MeanError(pixels, image.Bytes):F2}");
            }
    }

    [Fact]
    public void Restarts_change_nothing()
    {
        byte[] pixels = Smooth(3), plain = Pictures.Decode(Encode(pixels, 3)).Bytes.ToArray();
        foreach (int interval in (int[])[1, 3, 50])
            Assert.Equal(plain, Pictures.Decode(Encode(pixels, 3, jpeg => jpeg.Restart_interval = interval)).Bytes.ToArray());
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Inks_become_colors(bool lumaChroma)
    {
        // With the Adobe segment, which the encoder writes, inks are stored inverted: 255 is none.
        byte[] inks = Smooth(4);
        byte[] file = Encode(inks, 4, jpeg =>
        {
            if (!lumaChroma) return;
            jpeg.jpeg_set_colorspace(J_COLOR_SPACE.JCS_YCCK);
            for (int c = 0; c < 4; c++) (jpeg.Component_info[c].H_samp_factor, jpeg.Component_info[c].V_samp_factor) = (1, 1);
        });
        byte[] expected = new byte[Width * Height * 3];
        for (int i = 0; i < expected.Length; i++) expected[i] = (byte)((inks[i / 3 * 4 + i % 3] * inks[i / 3 * 4 + 3] + 127) / 255);
        Image image = Pictures.Decode(file);
        Assert.True(MeanError(expected, image.Bytes) < 2);
        Assert.Contains("CMYK", Assert.Single(image.Metadata.NotCarried), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_Huffman_tables_the_standard_ones_are_meant()
    {
        byte[] whole = Encode(Smooth(3), 3);
        List<byte> bare = [];
        for (int at = 0; at < whole.Length;)
        {
            int length = at == 0 ? 2 : 2 + (whole[at + 2] << 8) + whole[at + 3];
            if (whole[at + 1] == 0xDA) length = whole.Length - at;
            if (whole[at + 1] != 0xC4) bare.AddRange(whole[at..(at + length)]);
            at += length;
        }
        Assert.True(bare.Count < whole.Length);
        Pictures.AssertSame(Pictures.Decode(whole), Pictures.Decode([.. bare]));
    }

    [Fact]
    public void A_missing_end_mark_loses_nothing_and_missing_pixels_are_refused()
    {
        foreach (bool progressive in (bool[])[false, true])
        {
            byte[] whole = Encode(Smooth(3), 3, jpeg =>
            {
                if (progressive) jpeg.jpeg_simple_progression();
            });
            Image image = Pictures.Decode(whole[..^2]);
            Pictures.AssertSame(Pictures.Decode(whole), image);
            Assert.Contains("end mark", Assert.Single(image.Metadata.Warnings), StringComparison.Ordinal);
            // Half a byte of code may be left of the last block; a tenth of the file is never.
            Assert.Contains("truncated", Assert.Throws<ImageException>(() => Pictures.Decode(whole[..(whole.Length * 9 / 10)])).Reason,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_stands_behind_the_end_mark_changes_no_pixel_and_is_named()
    {
        byte[] whole = Encode(Smooth(3), 3);
        Image alone = Pictures.Decode(whole);
        byte[] noise = new byte[5000];
        new Random(1).NextBytes(noise);
        (byte[] Trailer, string? Name)[] trailers =
        [
            ([0], null), ([0xFF], null), (new byte[512], null), ([.. "\r\n"u8], null), (whole, "second picture"),
            ([.. new byte[64], .. whole], "second picture"),
            ([0, 0, 0, 24, .. "ftypmp42"u8, .. noise], "video"), ([.. noise, .. "SEFT"u8], "Samsung"), (noise, "5 KB"),
        ];
        foreach ((byte[] trailer, string? name) in trailers)
        {
            Image image = Pictures.Decode([.. whole, .. trailer]);
            Pictures.AssertSame(alone, image);
            Assert.Empty(image.Metadata.Warnings);
            if (name is null) Assert.Empty(image.Metadata.NotCarried);
            else Assert.Contains(name, Assert.Single(image.Metadata.NotCarried), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Of_a_progressive_file_cut_between_its_scans_the_end_mark_decides()
    {
        byte[] whole = Encode(Smooth(3), 3, jpeg => jpeg.jpeg_simple_progression());
        List<int> tables = [.. Enumerable.Range(0, whole.Length - 1).Where(i => whole[i] == 0xFF && whole[i + 1] == 0xDA)];
        // The first scan has the upper bits of the means, the sixth their last bits; fine detail follows.
        foreach (int scan in (int[])[1, 3, tables.Count - 1])
        {
            int cut = tables[scan];
            while (!(whole[cut] == 0xFF && whole[cut + 1] == 0xC4)) cut--;
            byte[] begun = whole[..cut];
            Assert.Contains("truncated", Assert.Throws<ImageException>(() => Pictures.Decode(begun)).Reason, StringComparison.Ordinal);
            byte[] ended = [.. begun, 0xFF, 0xD9];
            if (scan < tables.Count - 1)
                Assert.Contains("last scans", Assert.Throws<ImageException>(() => Pictures.Decode(ended)).Reason, StringComparison.Ordinal);
            else
                Assert.Contains("blurred", Assert.Single(Pictures.Decode(ended).Metadata.Warnings), StringComparison.Ordinal);
        }
    }

    [Theory, InlineData(0xC9), InlineData(0xC3), InlineData(0xCA), InlineData(0xC5)]
    public void Codings_that_are_not_supported_are_named(byte frame)
    {
        byte[] file = Encode(Smooth(3), 3);
        file[file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]) + 1] = frame;
        Assert.Contains("not supported", Assert.Throws<ImageException>(() => Pictures.Decode(file)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Twelve_bits_are_refused_by_name()
    {
        byte[] file = Encode(Smooth(1), 1);
        file[file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]) + 4] = 12;
        Assert.Throws<ImageException>(() => Pictures.Decode(file));
    }
}
