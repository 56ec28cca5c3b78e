using System.Buffers.Binary;
using PgpSr.Imaging.Tests.Codecs;

namespace PgpSr.Imaging.WebP.Tests;

public sealed class ContainerTests
{
    static readonly byte[] s_exif = [.. "II*\0\u0008\0\0\0"u8, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0];

    static byte[] Chunk(string kind, params byte[] payload) =>
    [
        .. System.Text.Encoding.ASCII.GetBytes(kind), .. BitConverter.GetBytes(payload.Length), .. payload, .. payload.Length % 2 == 0 ? [] : new byte[1],
    ];

    static byte[] Riff(params byte[] chunks) => [.. "RIFF"u8, .. BitConverter.GetBytes(chunks.Length + 4), .. "WEBP"u8, .. chunks];

    static byte[] UInt24(int value) => BitConverter.GetBytes(value)[..3];

    static byte[] Extended(byte flags, int width, int height) => Chunk("VP8X", [flags, 0, 0, 0, .. UInt24(width - 1), .. UInt24(height - 1)]);

    // The chunks of a file without the RIFF header.
    static byte[] Chunks(Image image) => Files.Encode(image)[12..];

    static byte[] AnimationFrame(int x, int y, Image image) => Chunk(
        "ANMF", [.. UInt24(x / 2), .. UInt24(y / 2), .. UInt24(image.Width - 1), .. UInt24(image.Height - 1), 100, 0, 0, 0, .. Chunks(image)]);

    static void AssertRefused(byte[] file, string reason) =>
        Assert.Contains(reason, Assert.Throws<ImageException>(() => Files.Decode(file)).Reason, StringComparison.Ordinal);

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public void Without_loss_every_byte_comes_back(int channels)
    {
        Image image = Files.Make(37, 21, channels);
        Image back = Files.Decode(Files.Encode(image));
        int colors = image.Info.ColorChannels;
        Assert.Equal((37, 21, image.HasAlpha ? 4 : 3), (back.Width, back.Height, back.Channels));
        for (int i = 0; i < 37 * 21; i++)
        {
            for (int c = 0; c < 3; c++) Assert.Equal(image.Bytes[i * channels + Math.Min(c, colors - 1)], back.Bytes[i * back.Channels + c]);
            if (image.HasAlpha) Assert.Equal(image.Bytes[i * channels + channels - 1], back.Bytes[i * 4 + 3]);
        }
    }

    [Fact]
    public void Quality_makes_lossy_files_larger_and_closer()
    {
        Image image = Files.Make(160, 120, 3);
        byte[] low = Files.Encode(image, lossless: false, quality: 20), high = Files.Encode(image, lossless: false, quality: 95);
        Assert.True(low.Length < high.Length && high.Length < Files.Encode(image).Length);
        Assert.True(ImageMetrics.Psnr(Files.Decode(high), image) > ImageMetrics.Psnr(Files.Decode(low), image) + 3);
    }

    [Fact]
    public void Orientation_is_applied()
    {
        Image image = Files.Make(9, 5, 3);
        Image upright = Files.Decode(Riff([.. Extended(8, 9, 5), .. Chunks(image), .. Chunk("EXIF", s_exif)]));
        Assert.Equal((5, 9), (upright.Width, upright.Height));
        // "Right, top": the first row is the right column.
        Assert.Equal(image.Row(0)[..3].ToArray(), upright.Row(0).Slice(4 * 3, 3).ToArray());
        Assert.Equal(upright.Bytes.ToArray(), Files.Decode(Riff([.. Extended(8, 9, 5), .. Chunks(image), .. Chunk("EXIF", [.. "Exif\0\0"u8, .. s_exif])])).Bytes);
    }

    [Fact]
    public void The_first_picture_of_an_animation_lies_on_a_transparent_canvas()
    {
        Image image = Files.Make(6, 4, 3);
        byte[] animation = Chunk("ANIM", 9, 9, 9, 255, 0, 0);
        Image canvas = Files.Decode(Riff([.. Extended(2, 10, 8), .. animation, .. AnimationFrame(2, 4, image), .. AnimationFrame(0, 0, image)]));
        Assert.Equal((10, 8, 4), (canvas.Width, canvas.Height, canvas.Channels));
        for (int y = 0; y < 8; y++)
            for (int x = 0; x < 10; x++)
            {
                bool within = x is >= 2 and < 8 && y is >= 4;
                byte[] expected = within ? [.. image.Row(y - 4).Slice((x - 2) * 3, 3), 255] : new byte[4];
                Assert.Equal(expected, canvas.Row(y).Slice(x * 4, 4).ToArray());
            }
        Assert.Single(canvas.Metadata.NotCarried);
        AssertRefused(Riff([.. Extended(2, 10, 8), .. animation, .. AnimationFrame(6, 4, image)]), "outside");
        AssertRefused(Riff([.. Extended(2, 10, 8), .. animation]), "no picture");
    }

    [Fact]
    public void Every_length_and_size_is_checked_against_the_others()
    {
        Image image = Files.Make(20, 10, 3);
        byte[] chunks = Chunks(image), file = Riff(chunks);
        AssertRefused(Riff([.. Extended(0, 21, 10), .. chunks]), "21x10");
        AssertRefused(Riff([.. Extended(0, 20, 10)]), "no picture");
        AssertRefused(Riff(Chunk("JUNK", 1, 2)), "JUNK");
        AssertRefused(Riff([.. Extended(0, 20, 10)[..12]]), "truncated");
        byte[] longer = [.. file];
        BinaryPrimitives.WriteUInt32LittleEndian(longer.AsSpan(16), uint.MaxValue - 3);
        AssertRefused(longer, "VP8L");
        for (int length = 1; length < file.Length; length++) Assert.Throws<ImageException>(() => Files.Decode(file[..length]));
        Assert.Single(Files.Decode([.. file, 1, 2, 3]).Metadata.Warnings);
        // Chunks that nobody knows are passed over, and named.
        Image read = Files.Decode(Riff([.. Extended(0, 20, 10), .. Chunk("JUNK", 1, 2, 3), .. chunks]));
        Assert.Equal(20, read.Width);
        Assert.Contains("JUNK", Assert.Single(read.Metadata.NotCarried), StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_refuse_before_anything_is_decoded()
    {
        // 16383 x 16383 in a header alone.
        byte[] lossless = [0x2F, 0xFE, 0xBF, 0xFF, 0x0F, 0, 0, 0];
        ImageLimits limits = new() { MaxPixels = 1 << 20 };
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("MaxPixels", Assert.Throws<ImageException>(() => Files.Decode(Riff(Chunk("VP8L", lossless)), limits)).Reason, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
        byte[] file = Riff([.. Extended(4, 20, 10), .. Chunks(Files.Make(20, 10, 3)), .. Chunk("XMP ", new byte[2000])]);
        Assert.Throws<ImageException>(() => Files.Decode(file, new() { MaxMetadataBytes = 1999 }));
    }

    [Fact]
    public void A_side_over_16383_is_refused_before_the_work()
    {
        using MemoryStream stream = new();
        ImageSaveOptions options = new() { Format = ImageFormat.WebP };
        Assert.Contains("16383", Assert.Throws<ImageException>(() => ImageWriter.Create(stream, new(16384, 1, 3, 8), null, options)).Reason,
            StringComparison.Ordinal);
        Assert.Equal(0, stream.Length);
    }

    [Fact]
    public void Mutations_give_a_picture_or_an_ImageException_in_time_and_memory()
    {
        Image image = Files.Make(48, 32, 4);
        image.Metadata.Xmp = "<x/>"u8.ToArray();
        image.Metadata.Exif = s_exif;
        byte[][] seeds =
        [
            Files.Encode(image), Files.Encode(image, lossless: false), Files.Encode(Files.Make(48, 32, 3), lossless: false),
            Riff([.. Extended(2, 60, 40), .. Chunk("ANIM", 0, 0, 0, 0, 0, 0), .. AnimationFrame(4, 2, image)]),
        ];
        MutationRun.Of("webp", seeds, 0.25);
    }

    [Fact]
    public void What_has_no_place_is_one_warning()
    {
        Image image = Files.Make(9, 7, 3);
        image.Metadata.SetText("Software", "program");
        image.Metadata.SetText("Description", "of the picture");
        image.Metadata.Resolution = new(300, 150, ResolutionUnit.Inch);
        Image read = Files.Decode(Files.Encode(image));
        Assert.Empty(image.Metadata.Warnings);
        Assert.Equal(new ImageResolution(300, 150, ResolutionUnit.Inch), read.Metadata.Resolution);

        image.Metadata.SetText("parameters", "steps: 20");
        image.Metadata.Iptc = [0x1C, 2, 5, 0, 1, 65];
        image.Metadata.PhotoshopResources = [.. "8BIM"u8, 4, 0x0B, 0, 0, 0, 0, 0, 0];
        image.Metadata.Gamma = 100000;
        image.Metadata.NotCarried.Add("the gain map");
        Files.Encode(image);
        string warning = Assert.Single(image.Metadata.Warnings);
        foreach (string name in (string[])["\"parameters\"", "IPTC", "Photoshop", "gAMA", "gain map"])
            Assert.Contains(name, warning, StringComparison.Ordinal);
        Assert.DoesNotContain("Software", warning, StringComparison.Ordinal);

        Image gray = Files.Make(9, 7, 1);
        gray.Metadata.IccProfile = [.. new byte[16], .. "GRAY"u8, .. new byte[200]];
        Files.Encode(gray);
        Assert.Contains("color profile", Assert.Single(gray.Metadata.Warnings), StringComparison.Ordinal);
    }
}
