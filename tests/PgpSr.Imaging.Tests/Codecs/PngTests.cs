using System.Text;
using StbImageSharp;

namespace PgpSr.Imaging.Tests.Codecs;

public sealed class PngTests
{
    public static TheoryData<int, int, int, int> Layouts()
    {
        TheoryData<int, int, int, int> data = [];
        foreach (int channels in (int[])[1, 2, 3, 4])
            foreach (int depth in (int[])[8, 16])
                foreach ((int width, int height) in ((int, int)[])[(1, 1), (1, 20000), (20000, 1), (37, 53), (700, 500)])
                    data.Add(width, height, channels, depth);
        return data;
    }

    [Theory, MemberData(nameof(Layouts))]
    public void What_is_written_is_read_back(int width, int height, int channels, int depth)
    {
        Image image = Pictures.Make(width, height, channels, depth);
        foreach (CompressionEffort effort in Enum.GetValues<CompressionEffort>())
            Pictures.AssertSame(image, Pictures.Decode(Pictures.Encode(image, ImageFormat.Png, new() { Effort = effort })));
    }

    [Theory, MemberData(nameof(Layouts))]
    public void Another_decoder_reads_the_same_pixels(int width, int height, int channels, int depth)
    {
        Image image = Pictures.Make(width, height, channels, depth);
        foreach (CompressionEffort effort in Enum.GetValues<CompressionEffort>())
        {
            ImageResult read = ImageResult.FromMemory(Pictures.Encode(image, ImageFormat.Png, new() { Effort = effort }));
            Assert.Equal((width, height, channels), (read.Width, read.Height, (int)read.SourceComp));
            // It keeps the upper byte of 16-bit samples.
            for (int i = 0; i < read.Data.Length; i++)
                if (read.Data[i] != (depth == 8 ? image.Bytes[i] : image.Words[i] >> 8)) Assert.Fail($"{effort}: sample {i} differs");
        }
    }

    [Theory]
    [InlineData(0, 1, 1), InlineData(0, 2, 1), InlineData(0, 4, 1), InlineData(0, 8, 1), InlineData(0, 16, 1)]
    [InlineData(2, 8, 3), InlineData(2, 16, 3), InlineData(4, 8, 2), InlineData(4, 16, 2), InlineData(6, 8, 4), InlineData(6, 16, 4)]
    public void Every_depth_and_color_type_is_read_plain_and_interlaced(int colorType, int depth, int samples)
    {
        int max = (1 << depth) - 1;
        foreach ((int width, int height) in ((int, int)[])[(1, 1), (2, 3), (5, 1), (13, 9), (33, 17)])
        {
            int Value(int x, int y, int s) => ((x * 7919 + y * 104729 + s * 31) * 2654435761L >> 3 & 0xFFFF) is var v ? (int)(v & max) : 0;
            foreach (bool interlaced in (bool[])[false, true])
            {
                Image image = Pictures.Decode(new RawPng().Header(width, height, depth, colorType, interlaced)
                    .Pixels(width, height, depth, samples, interlaced, Value).End());
                Assert.Equal(new PgpSr.Imaging.ImageInfo(width, height, samples, depth == 16 ? 16 : 8), image.Info);
                for (int y = 0; y < height; y++)
                    for (int x = 0; x < width; x++)
                        for (int s = 0; s < samples; s++)
                        {
                            int index = (y * width + x) * samples + s;
                            int expected = depth < 8 ? Value(x, y, s) * 255 / max : Value(x, y, s);
                            Assert.Equal(expected, depth == 16 ? image.Words[index] : image.Bytes[index]);
                        }
            }
        }
    }

    [Theory, InlineData(1), InlineData(2), InlineData(4), InlineData(8)]
    public void Palettes_become_colors_and_their_alpha(int depth)
    {
        int colors = 1 << depth;
        byte[] palette = [.. Enumerable.Range(0, colors * 3).Select(i => (byte)(i * 37))];
        byte[] alpha = [.. Enumerable.Range(0, colors / 2).Select(i => (byte)(i * 11))];
        int Index(int x, int y, int s) => (x + 3 * y) % colors;
        RawPng Begin() => new RawPng().Header(11, 7, depth, 3).Chunk("PLTE", palette);

        Image opaque = Pictures.Decode(Begin().Pixels(11, 7, depth, 1, false, Index).End());
        Image transparent = Pictures.Decode(Begin().Chunk("tRNS", alpha).Pixels(11, 7, depth, 1, false, Index).End());
        Assert.Equal(3, opaque.Channels);
        Assert.Equal(4, transparent.Channels);
        for (int i = 0; i < 77; i++)
        {
            int index = Index(i % 11, i / 11, 0);
            Assert.Equal(palette.AsSpan(index * 3, 3), opaque.Bytes.Slice(i * 3, 3));
            Assert.Equal(palette.AsSpan(index * 3, 3), transparent.Bytes.Slice(i * 4, 3));
            Assert.Equal(index < alpha.Length ? alpha[index] : 255, transparent.Bytes[i * 4 + 3]);
        }
    }

    [Fact]
    public void Color_keys_become_alpha()
    {
        Image gray = Pictures.Decode(new RawPng().Header(4, 1, 2, 0).Chunk("tRNS", [0, 2]).Pixels(4, 1, 2, 1, false, (x, _, _) => x).End());
        Assert.Equal([0, 255, 85, 255, 170, 0, 255, 255], gray.Bytes.ToArray());
        Image rgb = Pictures.Decode(new RawPng().Header(2, 1, 8, 2).Chunk("tRNS", [0, 1, 0, 2, 0, 3])
            .Pixels(2, 1, 8, 3, false, (x, _, s) => x * 10 + s + 1).End());
        Assert.Equal([1, 2, 3, 0, 11, 12, 13, 255], rgb.Bytes.ToArray());
        Image wide = Pictures.Decode(new RawPng().Header(2, 1, 16, 0).Chunk("tRNS", [1, 2]).Pixels(2, 1, 16, 1, false, (x, _, _) => 0x102 + x).End());
        Assert.Equal([0x102, 0, 0x103, 65535], wide.Words.ToArray());
    }

    [Fact]
    public void Metadata_come_through()
    {
        Image image = Pictures.Make(20, 10, 3, 8);
        image.Metadata.IccProfile = Pictures.MakeIccProfile(gray: false, 5000);
        image.Metadata.Exif = Exif.WithText([], Exif.SoftwareTag, "a camera");
        image.Metadata.Xmp = Encoding.UTF8.GetBytes("<x:xmpmeta>å</x:xmpmeta>");
        image.Metadata.Resolution = new(3000, 2000, ResolutionUnit.Meter);
        image.Metadata.Gamma = 45455;
        image.Metadata.Chromaticities = [31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000];
        image.Metadata.CodePoints = [1, 13, 0, 1];
        image.Metadata.SetText("Software", "pgpsr 0.1");
        image.Metadata.SetText("Comment", "Übergröße 超解像");
        image.Metadata.SetText("Provenance", new string('x', 5000));

        ImageMetadata read = Pictures.Decode(Pictures.Encode(image, ImageFormat.Png)).Metadata;
        Assert.Equal(image.Metadata.IccProfile, read.IccProfile);
        Assert.Equal(image.Metadata.Exif, read.Exif);
        Assert.Equal(image.Metadata.Xmp, read.Xmp);
        Assert.Equal(image.Metadata.Resolution, read.Resolution);
        Assert.Equal(image.Metadata.Gamma, read.Gamma);
        Assert.Equal(image.Metadata.Chromaticities, read.Chromaticities);
        Assert.Equal(image.Metadata.CodePoints, read.CodePoints);
        Assert.Equal(image.Metadata.Text, read.Text);
        Assert.Empty(read.Warnings);

        Assert.Empty(Pictures.Decode(Pictures.Encode(image, ImageFormat.Png, new() { WriteMetadata = false })).Metadata.Text);
    }

    [Fact]
    public void A_profile_of_another_color_model_is_not_written()
    {
        Image gray = Pictures.Make(5, 5, 1, 8);
        gray.Metadata.IccProfile = Pictures.MakeIccProfile(gray: false, 500);
        Assert.Null(Pictures.Decode(Pictures.Encode(gray, ImageFormat.Png)).Metadata.IccProfile);
        gray.Metadata.IccProfile = Pictures.MakeIccProfile(gray: true, 500);
        Assert.NotNull(Pictures.Decode(Pictures.Encode(gray, ImageFormat.Png)).Metadata.IccProfile);
    }

    [Fact]
    public void Bytes_do_not_depend_on_how_rows_are_handed_in()
    {
        Image image = Pictures.Make(601, 900, 3, 8);
        byte[] whole = Pictures.Encode(image, ImageFormat.Png);
        using MemoryStream stream = new();
        using (ImageWriter writer = ImageWriter.Create(stream, image.Info, image.Metadata, new() { Format = ImageFormat.Png }))
        {
            for (int row = 0, step = 1; row < image.Height; row += step, step = Math.Min(step + 3, image.Height - row))
                writer.WriteRows(image.Rows(row, step));
            writer.Complete();
        }
        Assert.Equal(whole, stream.ToArray());
    }

    [Fact]
    public void Rows_stream_in_any_portions()
    {
        Image image = Pictures.Make(301, 211, 4, 16);
        using MemoryStream stream = new(Pictures.Encode(image, ImageFormat.Png));
        using ImageReader reader = ImageReader.Open(stream);
        Assert.True(reader.Streams);
        Image read = new(reader.Info);
        for (int row = 0, step = 1; row < image.Height; row += step, step = Math.Min(step * 2, image.Height - row))
            reader.ReadRows(read.Rows(row, step));
        Pictures.AssertSame(image, read);
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.ReadRows(new byte[image.Info.RowLength]));
    }

    [Fact]
    public void An_animation_gives_its_first_picture()
    {
        byte[] file = new RawPng().Header(3, 3, 8, 0).Chunk("acTL", new byte[8]).Chunk("fcTL", new byte[26])
            .Pixels(3, 3, 8, 1, false, (x, y, _) => x + y).Chunk("fcTL", new byte[26]).Chunk("fdAT", new byte[20]).End();
        Assert.Equal([0, 1, 2, 1, 2, 3, 2, 3, 4], Pictures.Decode(file).Bytes.ToArray());
    }

    public static TheoryData<string, byte[], string> Faults()
    {
        RawPng Begin(int colorType = 0) => new RawPng().Header(8, 8, 8, colorType);
        RawPng Whole(RawPng png) => png.Pixels(8, 8, 8, 1, false, (x, y, _) => x * y);
        byte[] whole = Whole(Begin()).End();
        return new()
        {
            { "no pixels", Begin().End(), "IDAT" },
            { "no pixels and no end", Begin().ToArray(), "IDAT" },
            { "form of iOS", Whole(new RawPng().Chunk("CgBI", new byte[4]).Header(8, 8, 8, 0)).End(), "CgBI" },
            { "no palette", Whole(Begin(3)).End(), "PLTE" },
            { "palette of 4 bytes", Whole(Begin(3).Chunk("PLTE", new byte[4])).End(), "PLTE" },
            { "unknown critical chunk", Whole(Begin().Chunk("ABCD", [])).End(), "ABCD" },
            { "two headers", Whole(Begin().Header(8, 8, 8, 0)).End(), "IHDR" },
            { "header late", Whole(new RawPng().Chunk("tEXt", [65, 0, 66]).Header(8, 8, 8, 0)).End(), "IHDR" },
            { "wrong IDAT CRC", Begin().Chunk("IDAT", RawPng.Zlib(new byte[72]), 1).End(), "CRC" },
            { "wrong PLTE CRC", Begin(3).Chunk("PLTE", new byte[3], 1).Chunk("IDAT", RawPng.Zlib(new byte[72])).End(), "CRC" },
            { "IDAT apart", Begin().Chunk("IDAT", RawPng.Zlib(new byte[72])).Chunk("tEXt", [65, 0, 66]).Chunk("IDAT", [0]).End(), "IDAT" },
            { "too few pixels", Begin().Chunk("IDAT", RawPng.Zlib(new byte[71])).End(), "row 7" },
            { "not zlib", Begin().Chunk("IDAT", new byte[200]).End(), "" },
            { "filter 9", Begin().Chunk("IDAT", RawPng.Zlib([.. Enumerable.Repeat((byte)9, 72)])).End(), "filter 9" },
            { "3 bits", new RawPng().Header(8, 8, 3, 0).Chunk("IDAT", [0]).End(), "3 bits" },
            { "color type 5", new RawPng().Header(8, 8, 8, 5).Chunk("IDAT", [0]).End(), "color type 5" },
            { "no rows", new RawPng().Header(8, 0, 8, 0).Chunk("IDAT", [0]).End(), "8x0" },
            { "negative width", new RawPng().Header(-8, 8, 8, 0).Chunk("IDAT", [0]).End(), "limit" },
            { "truncated in IDAT", whole[..60], "truncated" },
            { "truncated in signature", whole[..5], "" },
            { "bomb: 30000 x 30000 in 100 bytes", new RawPng().Header(30000, 30000, 16, 6).Chunk("IDAT", new byte[40]).End(), "hostile" },
            { "bomb: 2^31 pixels a side", new RawPng().Header(int.MaxValue, int.MaxValue, 16, 6).Chunk("IDAT", new byte[40]).End(), "limit" },
        };
    }

    [Theory, MemberData(nameof(Faults))]
    public void A_faulty_file_is_refused_with_its_reason(string fault, byte[] file, string reason)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        ImageException e = Assert.Throws<ImageException>(() => Pictures.Decode(file));
        Assert.Contains(reason, e.Reason, StringComparison.OrdinalIgnoreCase);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 4 << 20, $"{fault}: more than 4 MiB were allocated");
    }

    [Fact]
    public void A_missing_end_mark_loses_nothing_and_is_told()
    {
        byte[] whole = new RawPng().Header(8, 8, 8, 0).Pixels(8, 8, 8, 1, false, (x, y, _) => x * y).End();
        foreach (int missing in (int[])[1, 4, 9, 12])
        {
            Image image = Pictures.Decode(whole[..^missing]);
            Pictures.AssertSame(Pictures.Decode(whole), image);
            Assert.Equal(missing > 4 ? 1 : 0, image.Metadata.Warnings.Count);
        }
    }

    [Fact]
    public void A_text_bomb_costs_its_text_and_no_more()
    {
        byte[] zeros = RawPng.Zlib(new byte[100 << 20]);
        byte[] file = new RawPng().Header(1, 1, 8, 0).Chunk("zTXt", [65, 0, 0, .. zeros]).Chunk("iCCP", [65, 0, 0, .. zeros])
            .Pixels(1, 1, 8, 1, false, (_, _, _) => 9).End();
        ImageMetadata metadata = Pictures.Decode(file, new() { MaxMetadataBytes = 1 << 20 }).Metadata;
        Assert.Empty(metadata.Text);
        Assert.Null(metadata.IccProfile);
        Assert.Equal(2, metadata.Warnings.Count);
    }

    [Fact]
    public void Transparency_is_no_metadata()
    {
        byte[] zeros = RawPng.Zlib(new byte[1 << 20]);
        byte[] file = new RawPng().Header(1, 1, 8, 0).Chunk("zTXt", [65, 0, 0, .. zeros]).Chunk("tRNS", [0, 9]).Pixels(1, 1, 8, 1, false, (_, _, _) => 9).End();
        foreach (int most in (int[])[0, 1 << 10])
        {
            Image image = Pictures.Decode(file, new() { MaxMetadataBytes = most });
            Assert.True(image.HasAlpha);
            Assert.Equal(0, image.Bytes[1]);
        }
        byte[] long_ = new RawPng().Header(1, 1, 8, 0).Chunk("tRNS", new byte[1000]).Pixels(1, 1, 8, 1, false, (_, _, _) => 9).End();
        Assert.Contains("tRNS", Assert.Throws<ImageException>(() => Pictures.Decode(long_)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hundred_thousand_texts_take_no_longer_than_their_bytes()
    {
        Image image = Pictures.Make(4, 4, 3, 8);
        image.Metadata.Exif = PgpSr.Imaging.Exif.WithText([], PgpSr.Imaging.Exif.DescriptionTag, new string('d', 200_000));
        for (int i = 0; i < 100_000; i++) image.Metadata.Text.Add(new(i % 2 == 0 ? "Raw profile type xmp" : "Description", "x"));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Image read = Pictures.Decode(Pictures.Encode(image, ImageFormat.Png));
        Pictures.Encode(read, ImageFormat.Jpeg);
        // Quadratic, it was minutes.
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"{clock.Elapsed}");
    }

    [Fact]
    public void A_damaged_text_is_left_out_with_a_warning()
    {
        byte[] file = new RawPng().Header(1, 1, 8, 0).Chunk("tEXt", [65, 0, 66], 1).Chunk("eXIf", [1, 2, 3]).Chunk("pHYs", [1])
            .Pixels(1, 1, 8, 1, false, (_, _, _) => 9).End();
        Image image = Pictures.Decode(file);
        Assert.Equal(9, image.Bytes[0]);
        Assert.Equal(3, image.Metadata.Warnings.Count);
    }
}
