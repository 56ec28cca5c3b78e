namespace PgpSr.Imaging.Tests.Codecs.Matrix;

/// <summary>Color models, depths, alpha, planes, tiles, byte orders and BigTIFF, with the pixels each file was made from.</summary>
public sealed class TiffMatrixTests
{
    const int Width = 21, Height = 18;

    static readonly (int Photometric, string Name, int Colors, int[] Depths)[] s_models =
    [
        (0, "white is zero", 1, [1, 2, 4, 8, 12, 16]), (1, "black is zero", 1, [1, 2, 3, 4, 7, 8, 10, 12, 14, 16]),
        (2, "RGB", 3, [1, 2, 4, 5, 8, 10, 12, 16]), (3, "palette", 1, [1, 2, 4, 8]), (5, "CMYK", 4, [8, 16]), (6, "YCbCr", 3, [8]),
        (8, "Lab", 3, [8, 16]), (9, "ICC Lab", 3, [8, 16]),
    ];

    public static TheoryData<int, int, int> ModelsDepthsAndExtras()
    {
        TheoryData<int, int, int> data = [];
        foreach ((int photometric, _, int colors, int[] depths) in s_models)
            foreach (int bits in depths)
                // No extra sample, one of no known meaning, alpha, alpha that colors are multiplied by.
                foreach (int extra in (int[])[-1, 0, 2, 1]) data.Add(photometric, bits, extra);
        return data;
    }

    [Theory, MemberData(nameof(ModelsDepthsAndExtras))]
    public void Models_depths_alpha_planes_tiles_and_byte_orders(int photometric, int bits, int extra)
    {
        int colors = s_models.Single(m => m.Photometric == photometric).Colors, channels = extra < 0 ? colors : colors + 1;
        int largest = (1 << bits) - 1;
        Random random = new(photometric * 1000 + bits * 10 + extra);
        int[] samples = new int[Width * Height * channels];
        for (int i = 0; i < samples.Length; i++) samples[i] = random.Next(largest + 1);
        // Colors multiplied by alpha are not above it.
        if (extra == 1)
            for (int i = 0; i < samples.Length; i += channels)
                for (int c = 0; c < colors; c++) samples[i + c] = Math.Min(samples[i + c], samples[i + colors]);
        ushort[] palette = photometric == 3 ? [.. Enumerable.Range(0, 3 << bits).Select(_ => (ushort)random.Next(65536))] : [];
        for (int variant = 0; variant < 16; variant++)
        {
            bool planar = (variant & 1) != 0;
            bool refused = (extra == 1 && photometric is 6 or 8 or 9) || (extra >= 0 && photometric == 6 && !planar);
            RawTiff tiff = new()
            {
                Width = Width,
                Height = Height,
                Bits = bits,
                Channels = channels,
                Photometric = photometric,
                Extra = extra < 0 ? [] : [extra],
                Palette = palette,
                Planar = planar,
                Tiled = (variant & 2) != 0,
                BigEndian = (variant & 4) != 0,
                BigTiff = (variant & 8) != 0,
            };
            byte[] file = tiff.File(samples);
            if (refused)
            {
                Assert.Contains("not supported", Assert.Throws<ImageException>(() => Pictures.Decode(file)).Reason, StringComparison.Ordinal);
                continue;
            }
            Image image = Pictures.Decode(file);
            bool alpha = extra > 0;
            int shown = colors == 1 && photometric != 3 ? 1 : 3;
            Assert.Equal(new ImageInfo(Width, Height, alpha ? shown + 1 : shown, bits > 8 ? 16 : 8), image.Info);
            double top = bits > 8 ? 65535 : 255;
            // Half a step of rounding, a hundredth for sums of single precision and for the divisions by alpha; a whole stored step where alpha
            // was divided by (halves round either way); CurveError for Lab, in double precision.
            double tolerance = (photometric >= 8 ? 0.5 + CurveError * top : 0.51) + (extra == 1 ? top / largest : 0);
            for (int i = 0; i < Width * Height; i++)
            {
                int[] pixel = samples[(i * channels)..((i + 1) * channels)];
                double[] stored = [.. pixel.Select(v => v / (double)largest)];
                double a = alpha ? stored[colors] : 1;
                if (extra == 1 && a > 0 && photometric != 3)
                    for (int c = 0; c < colors; c++) stored[c] = Math.Round(stored[c] / a * largest, MidpointRounding.AwayFromZero) / largest;
                double[] expected = [.. Expected(photometric, pixel, stored, palette, bits), .. alpha ? (double[])[a] : []];
                for (int c = 0; c < image.Channels; c++)
                {
                    int found = bits > 8 ? image.Words[i * image.Channels + c] : image.Bytes[i * image.Channels + c];
                    Assert.True(Math.Abs(found - expected[c] * top) <= tolerance,
                        $"variant {variant}, pixel {i}, channel {c}: {found} where {expected[c] * top:F2} is right");
                }
            }
        }
    }

    static double[] Expected(int photometric, int[] pixel, double[] stored, ushort[] palette, int bits)
    {
        int entries = palette.Length / 3;
        return photometric switch
        {
            0 => [1 - stored[0]],
            1 => [stored[0]],
            2 => stored[..3],
            3 => [.. Enumerable.Range(0, 3).Select(c => (palette[c * entries + pixel[0]] >> 8) / 255.0)],
            5 => [.. Enumerable.Range(0, 3).Select(c => (1 - stored[c]) * (1 - stored[3]))],
            6 => YCbCr(pixel[0], pixel[1] - 128, pixel[2] - 128),
            8 when bits == 8 => Lab(stored[0] * 100, (sbyte)pixel[1], (sbyte)pixel[2]),
            8 => Lab(stored[0] * 100, (short)pixel[1] / 256.0, (short)pixel[2] / 256.0),
            _ when bits == 8 => Lab(stored[0] * 100, pixel[1] - 128, pixel[2] - 128),
            _ => Lab(pixel[0] / 65280.0 * 100, pixel[1] / 256.0 - 128, pixel[2] / 256.0 - 128),
        };
    }

    static double[] YCbCr(double y, double blue, double red) =>
        [.. ((double[])[y + 1.402 * red, y - (0.114 * 1.772 * blue + 0.299 * 1.402 * red) / 0.587, y + 1.772 * blue])
            .Select(v => Math.Clamp(v, 0, 255) / 255)];

    // sRGB's curve is read from a table of 16384 steps of the root of light, joined by lines. Between two points a line is off by at most an
    // eighth of the second derivative times the step's square, 25.84 / 8 / 16384^2 = 1.2e-8; in the step with the curve's corner, where the
    // slope changes by 2 * 0.056 * (12.92 - 12.70) = 0.025, by a quarter of that times the step: 3.8e-7.
    const double CurveError = 4e-7;

    static double[] Lab(double lightness, double a, double b)
    {
        static double Cubed(double f) => f > 6 / 29.0 ? f * f * f : 3 * (6 / 29.0) * (6 / 29.0) * (f - 4 / 29.0);
        double[] white = Xyz(0.34567, 0.35850), d65 = Xyz(0.3127, 0.3290);
        double f = (lightness + 16) / 116;
        double[] color = [white[0] * Cubed(f + a / 500), Cubed(f), white[2] * Cubed(f - b / 200)];
        // Bradford's cones see the color under D65 as they saw it under D50; then how much of each primary makes it.
        double[] seen = Cones(color), before = Cones(white), after = Cones(d65);
        double[] adapted = Solve(Cones([1, 0, 0]), Cones([0, 1, 0]), Cones([0, 0, 1]), [.. seen.Select((v, i) => v / before[i] * after[i])]);
        double[][] primaries = [Xyz(0.64, 0.33), Xyz(0.30, 0.60), Xyz(0.15, 0.06)];
        double[] amounts = Solve(primaries[0], primaries[1], primaries[2], d65), needed = Solve(primaries[0], primaries[1], primaries[2], adapted);
        double[] linear = [.. needed.Select((v, i) => v / amounts[i])];
        return [.. linear.Select(v => Math.Clamp(v, 0, 1)).Select(v => v <= 0.0031308 ? 12.92 * v : 1.055 * Math.Pow(v, 1 / 2.4) - 0.055)];
    }

    static double[] Xyz(double x, double y) => [x / y, 1, (1 - x - y) / y];

    static double[] Cones(double[] v) =>
        [0.8951 * v[0] + 0.2664 * v[1] - 0.1614 * v[2], -0.7502 * v[0] + 1.7135 * v[1] + 0.0367 * v[2], 0.0389 * v[0] - 0.0685 * v[1] + 1.0296 * v[2]];

    // Cramer's rule: x a + y b + z c = sum.
    static double[] Solve(double[] a, double[] b, double[] c, double[] sum)
    {
        static double Determinant(double[] a, double[] b, double[] c) =>
            a[0] * (b[1] * c[2] - b[2] * c[1]) - b[0] * (a[1] * c[2] - a[2] * c[1]) + c[0] * (a[1] * b[2] - a[2] * b[1]);
        double whole = Determinant(a, b, c);
        return [Determinant(sum, b, c) / whole, Determinant(a, sum, c) / whole, Determinant(a, b, sum) / whole];
    }

    [Fact]
    public void A_palette_of_8_bit_entries_is_taken_for_one()
    {
        ushort[] palette = [.. Enumerable.Range(0, 768).Select(i => (ushort)(i * 7 % 256))];
        RawTiff tiff = new() { Width = 16, Height = 16, Channels = 1, Photometric = 3, Palette = palette };
        Image image = Pictures.Decode(tiff.File([.. Enumerable.Range(0, 256)]));
        for (int i = 0; i < 256; i++)
            Assert.Equal([(byte)palette[i], (byte)palette[256 + i], (byte)palette[512 + i]], image.Bytes.Slice(3 * i, 3).ToArray());
    }

    [Fact]
    public void White_of_Lab_is_where_the_file_says()
    {
        // Without hue the picture's white is white, whatever it is.
        foreach (int[] white in (int[][])[[], [346, 358], [313, 329], [448, 407]])
        {
            RawTiff tiff = new() { Width = 2, Height = 1, Bits = 16, Photometric = 8, White = white };
            Image image = Pictures.Decode(tiff.File([65535, 0, 0, 0, 0, 0]));
            for (int c = 0; c < 3; c++)
            {
                Assert.InRange(image.Words[c], 65535 - 80, 65535);
                Assert.Equal(0, image.Words[3 + c]);
            }
        }
    }

    [Theory]
    [InlineData(34925, "LZMA"), InlineData(50000, "Zstandard"), InlineData(50001, "WebP"), InlineData(34712, "JPEG 2000"), InlineData(50002, "JPEG XL")]
    [InlineData(34887, "LERC"), InlineData(12345, "12345")]
    public void Compressions_that_are_not_supported_are_named(int compression, string name)
    {
        RawTiff tiff = new() { Width = 4, Height = 4, Compression = compression };
        ImageException e = Assert.Throws<ImageException>(() => Pictures.Decode(tiff.File(new int[48])));
        Assert.Contains(name, e.Reason, StringComparison.Ordinal);
        Assert.Contains("not supported", e.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 16, 3, 3, "IEEEFP"), InlineData(1, 8, 1, 2, "INT"), InlineData(32844, 16, 1, 1, "LOGL"), InlineData(5, 4, 4, 1, "SEPARATED")]
    [InlineData(2, 8, 2, 1, "2 x 8 bits")]
    public void Samples_that_are_not_supported_are_named(int photometric, int bits, int channels, int format, string reason)
    {
        RawTiff tiff = new() { Width = 4, Height = 4, Bits = bits, Channels = channels, Photometric = photometric, SampleFormat = format };
        ImageException e = Assert.Throws<ImageException>(() => Pictures.Decode(tiff.File(new int[16 * channels])));
        Assert.Contains(reason, e.Reason, StringComparison.Ordinal);
        Assert.Contains("not supported", e.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_size_over_the_limit_is_refused_before_the_library_plans_its_strips()
    {
        foreach (bool big in (bool[])[false, true])
        {
            byte[] file = new RawTiff { Width = 4, Height = 4, BigTiff = big }.File(new int[48]);
            // The height's value, in the second entry.
            int directory = BitConverter.ToInt32(file, big ? 8 : 4), value = big ? directory + 8 + 20 + 12 : directory + 2 + 12 + 8;
            BitConverter.TryWriteBytes(file.AsSpan(value), 1258291237);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Contains("4x1258291237", Assert.Throws<ImageException>(() => Pictures.Decode(file)).Reason, StringComparison.Ordinal);
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
        }
    }
}
