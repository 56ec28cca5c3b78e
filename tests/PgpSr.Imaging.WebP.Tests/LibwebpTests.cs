using PgpSr.Cpu;
using PgpSr.Managed;

namespace PgpSr.Imaging.WebP.Tests;

/// <summary>Beside libwebp's own programs.</summary>
public sealed class LibwebpTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("pgpsr-webp-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    string At(string name) => Path.Combine(_folder, name);

    // What cwebp can vary, combined so that fifty files meet every value several times.
    static string[] Options(int i) =>
    [
        .. i % 5 == 4 ? (string[])["-lossless", "-z", $"{i % 10}"] : ["-q", $"{i * 7 % 101}", "-m", $"{i % 7}"],
        .. i % 10 == 9 ? (string[])["-near_lossless", $"{i % 100}"] : [],
        .. i % 3 == 0 ? (string[])["-f", $"{i * 13 % 101}", "-sharpness", $"{i % 8}"] : [],
        .. i % 4 == 0 ? (string[])[i % 8 == 0 ? "-strong" : "-nostrong"] : [],
        .. i % 6 == 1 ? (string[])["-segments", $"{1 + i % 4}", "-sns", $"{i % 100}"] : [],
        .. i % 7 == 2 ? (string[])["-partition_limit", "60", "-pass", $"{1 + i % 4}"] : [],
        .. i % 5 != 4 && i % 2 == 1 ? (string[])["-alpha_q", $"{i * 11 % 101}", "-alpha_method", $"{i / 2 % 2}", "-alpha_filter",
            (string[])["none", "fast", "best"] is var filters ? filters[i / 2 % 3] : ""] : [],
        .. i % 9 == 3 ? (string[])["-exact"] : [],
        .. i % 11 == 5 ? (string[])["-jpeg_like"] : [],
        .. i % 13 == 6 ? (string[])["-sharp_yuv"] : [],
        .. i % 12 == 7 ? (string[])["-mt", "-low_memory"] : [],
        .. i % 25 == 8 ? (string[])["-noalpha"] : [],
    ];

    [Fact]
    public void Fifty_files_of_cwebp_decode_as_dwebp_decodes_them()
    {
        Assert.SkipUnless(Files.HavePrograms, Files.NoPrograms);
        for (int i = 0; i < 50; i++)
        {
            int width = i < 4 ? i + 1 : 17 + i * 29 % 150, height = i < 4 ? 5 - i : 11 + i * 37 % 120;
            Files.Make(width, height, i % 2 == 1 ? 4 : 3, i).Save(At("in.png"));
            Files.Run("cwebp", ["-quiet", .. Options(i), At("in.png"), "-o", At("x.webp")]);
            Files.Run("dwebp", "-quiet", At("x.webp"), "-o", At("reference.png"));
            Image expected = Image.Load(At("reference.png")), found = Image.Load(At("x.webp"));
            Assert.True(expected.Info == found.Info, $"file {i} ({string.Join(' ', Options(i))}): {expected.Info}, {found.Info}");
            Assert.True(expected.Bytes.SequenceEqual(found.Bytes), $"file {i} ({string.Join(' ', Options(i))}): pixels differ");
        }
    }

    [Fact]
    public void What_is_written_dwebp_reads_with_the_same_pixels()
    {
        Assert.SkipUnless(Files.HavePrograms, Files.NoPrograms);
        foreach (int channels in (int[])[1, 2, 3, 4])
            foreach (bool lossless in (bool[])[true, false])
            {
                Image image = Files.Make(61, 43, channels);
                image.Metadata.Xmp = "<x/>"u8.ToArray();
                image.Save(At("x.webp"), new() { Lossless = lossless, JpegQuality = 70 });
                Files.Run("dwebp", "-quiet", At("x.webp"), "-o", At("reference.png"));
                Image expected = Image.Load(At("reference.png")), found = Image.Load(At("x.webp"));
                Assert.Equal(expected.Info, found.Info);
                Assert.True(expected.Bytes.SequenceEqual(found.Bytes), $"{channels} channels, lossless {lossless}");
            }
    }

    [Fact]
    public async Task A_photograph_keeps_profile_EXIF_XMP_and_alpha_byte_for_byte_when_it_is_enlarged()
    {
        Assert.SkipUnless(Files.HavePrograms, Files.NoPrograms);
        await Files.Make(40, 30, 4).SaveAsync(At("in.png"));
        // The odd lengths need padding. No size and no orientation in EXIF, which would follow the picture.
        byte[] icc = new byte[333], exif = [.. "II*\0\u0008\0\0\0"u8, 1, 0, 0x0F, 1, 2, 0, 4, 0, 0, 0, .. "abc\0"u8, 0, 0, 0, 0];
        new Random(5).NextBytes(icc.AsSpan(128));
        "RGB "u8.CopyTo(icc.AsSpan(16));
        byte[] xmp = [.. "<x:xmpmeta xmlns:x='adobe:ns:meta/'>odd</x:xmpmeta>"u8];
        await File.WriteAllBytesAsync(At("icc"), icc);
        await File.WriteAllBytesAsync(At("exif"), exif);
        await File.WriteAllBytesAsync(At("xmp"), xmp);
        Files.Run("cwebp", "-quiet", "-q", "90", "-exact", At("in.png"), "-o", At("0.webp"));
        Files.Run("webpmux", "-set", "icc", At("icc"), At("0.webp"), "-o", At("1.webp"));
        Files.Run("webpmux", "-set", "exif", At("exif"), At("1.webp"), "-o", At("2.webp"));
        Files.Run("webpmux", "-set", "xmp", At("xmp"), At("2.webp"), "-o", At("photo.webp"));

        using CpuBackend backend = CpuBackend.Create();
        using SuperResolver resolver = SuperResolver.Load(backend);
        Image source = await Image.LoadAsync(At("photo.webp"));
        foreach (bool lossless in (bool[])[true, false])
        {
            OutputOptions output = new() { Provenance = false, Lossless = lossless };
            await Task.Run(() => resolver.UpscaleFile(At("photo.webp"), At("large.webp"), output: output));
            foreach ((string part, byte[] content) in ((string, byte[])[])[("icc", icc), ("exif", exif), ("xmp", xmp)])
            {
                Files.Run("webpmux", "-get", part, At("large.webp"), "-o", At("got"));
                Assert.Equal(content, await File.ReadAllBytesAsync(At("got")));
            }
            Image expected = await resolver.UpscaleAsync(source), found = await Image.LoadAsync(At("large.webp"));
            Assert.Equal(expected.Info, found.Info);
            Assert.Equal(Alpha(expected), Alpha(found));
        }
    }

    [Fact]
    public void Of_an_animation_the_first_picture_is_read_with_a_warning()
    {
        Assert.SkipUnless(Files.HavePrograms, Files.NoPrograms);
        // Two pictures of three pixels; the second is blue. GIF89a, 4.a to 4.h: screen, palette, twice control and picture.
        byte[] gif =
        [
            .. "GIF89a"u8, 2, 0, 2, 0, 0x91, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0,
            0x21, 0xF9, 4, 0, 10, 0, 0, 0, 0x2C, 0, 0, 0, 0, 2, 0, 2, 0, 0, 2, 3, 0x44, 0x02, 0x05, 0,
            0x21, 0xF9, 4, 0, 10, 0, 0, 0, 0x2C, 0, 0, 0, 0, 2, 0, 2, 0, 0, 2, 3, 0x94, 0x12, 0x05, 0,
            0x3B,
        ];
        File.WriteAllBytes(At("in.gif"), gif);
        Files.Run("gif2webp", "-quiet", At("in.gif"), "-o", At("x.webp"));
        Image expected = Image.Load(At("in.gif")), found = Image.Load(At("x.webp"));
        Assert.Equal((2, 2), (found.Width, found.Height));
        for (int i = 0; i < 4; i++)
            Assert.Equal(expected.Bytes.Slice(i * expected.Channels, 3).ToArray(), found.Bytes.Slice(i * found.Channels, 3).ToArray());
        Assert.Contains(found.Metadata.NotCarried, name => name.Contains("only the first", StringComparison.Ordinal));
    }

    static byte[] Alpha(Image image) => [.. Enumerable.Range(0, image.Width * image.Height).Select(i => image.Bytes[i * 4 + 3])];
}
