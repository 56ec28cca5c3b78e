using PgpSr.Testing;

namespace PgpSr.Imaging.Tests.Codecs;

/// <summary>Whatever a file holds, the answer is a picture or an <see cref="ImageException"/>.</summary>
public sealed class HostileFileTests
{
    const int Mutations = 1000;

    public static TheoryData<string, byte[][]> Seeds()
    {
        Image photo = Pictures.Make(61, 43, 3, 8), small = Pictures.Make(24, 24, 4, 8);
        photo.Metadata.IccProfile = Pictures.MakeIccProfile(grey: false, 300);
        photo.Metadata.Exif = Exif.WithText([], Exif.SoftwareTag, "software");
        photo.Metadata.SetText("Comment", "text");
        byte[] interlaced = new RawPng().Header(19, 19, 4, 3, interlaced: true).Chunk("PLTE", new byte[48]).Chunk("tRNS", [1, 2, 3])
            .Pixels(19, 19, 4, 1, true, (x, y, _) => (x + y) % 16).End();
        return new()
        {
            { "png", [Pictures.Encode(photo, ImageFormat.Png), Pictures.Encode(Pictures.Make(33, 21, 4, 16), ImageFormat.Png), interlaced] },
            { "jpeg", [Pictures.Encode(photo, ImageFormat.Jpeg), Pictures.Encode(photo, ImageFormat.Jpeg, new() { JpegQuality = 50 })] },
            { "tiff", [Pictures.Encode(photo, ImageFormat.Tiff), Pictures.Encode(small, ImageFormat.Tiff)] },
            { "bmp", [OtherFormats.Bmp(photo)] },
            { "tga", [OtherFormats.Tga(small)] },
            { "gif", [OtherFormats.Gif(Pictures.Make(40, 30, 1, 8))] },
        };
    }

    [Theory, MemberData(nameof(Seeds))]
    public void A_thousand_mutations_give_a_picture_or_an_ImageException(string format, byte[][] seeds)
    {
        // Small limits, as a server would set them: without them a mutated header may rightly ask for a gigabyte.
        ImageLimits limits = new() { MaxPixels = 1 << 22, MaxMetadataBytes = 1 << 20 };
        int refused = 0;
        for (int seed = 0; seed < Mutations; seed++)
        {
            byte[] file = Mutation.Of(seeds[seed % seeds.Length], new Random(seed));
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Pictures.Decode(file, limits);
            }
            catch (ImageException)
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"{format}, mutation {seed}: {e}");
            }
            // 2^22 pixels of 8 bytes twice, and as much again for the decoder: what no limit allows is not allocated either.
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < 128 << 20, $"{format}, mutation {seed}: {allocated >> 20} MiB were allocated");
        }
        Assert.True(refused > Mutations / 20, $"{format}: only {refused} of {Mutations} mutations were noticed");
    }

    [Theory]
    [InlineData("", "empty"), InlineData("x", "not recognised"), InlineData("RIFF....WEBPVP8 ", "WebP"), InlineData("....ftypavif....", "AVIF")]
    public void What_is_no_picture_is_named(string content, string reason)
    {
        ImageException e = Assert.Throws<ImageException>(() => Pictures.Decode(System.Text.Encoding.ASCII.GetBytes(content)));
        Assert.Contains(reason, e.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_refuse_before_decoding()
    {
        Image image = Pictures.Make(64, 32, 3, 8);
        foreach (byte[] file in (byte[][])[Pictures.Encode(image, ImageFormat.Png), Pictures.Encode(image, ImageFormat.Jpeg),
            Pictures.Encode(image, ImageFormat.Tiff), OtherFormats.Bmp(image)])
        {
            Assert.Contains("MaxWidth", Assert.Throws<ImageException>(() => Pictures.Decode(file, new() { MaxWidth = 63 })).Reason,
                StringComparison.Ordinal);
            Assert.Contains("MaxHeight", Assert.Throws<ImageException>(() => Pictures.Decode(file, new() { MaxHeight = 31 })).Reason,
                StringComparison.Ordinal);
            Assert.Contains("MaxPixels", Assert.Throws<ImageException>(() => Pictures.Decode(file, new() { MaxPixels = 2047 })).Reason,
                StringComparison.Ordinal);
            Assert.Equal(64, Pictures.Decode(file, new() { MaxWidth = 64, MaxHeight = 32, MaxPixels = 2048 }).Width);
        }
    }
}
