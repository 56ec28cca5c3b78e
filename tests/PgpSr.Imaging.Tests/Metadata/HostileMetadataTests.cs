using System.Diagnostics;
using System.Text;
using PgpSr.Imaging.Codecs.Jpeg;
using PgpSr.Imaging.Codecs.Png;
using PgpSr.Imaging.Codecs.Tiff;
using PgpSr.Testing;

namespace PgpSr.Imaging.Tests.Metadata;

/// <summary>Metadata may be anything: they are carried as far as they can be understood, in time and memory in proportion to their length.</summary>
public sealed class HostileMetadataTests
{
    const int Mutations = 1500;

    const string Packet = """
        <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
         xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:ImageWidth="8"
         xmlns:Container="http://ns.google.com/photos/1.0/container/" xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"
         xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" GPano:FullPanoWidthPixels="4000">
         <exif:SubjectArea><rdf:Seq><rdf:li>4</rdf:li><rdf:li>2</rdf:li></rdf:Seq></exif:SubjectArea><xmp:Thumbnails>x</xmp:Thumbnails>
         <Container:Directory><rdf:Seq/></Container:Directory></rdf:Description></rdf:RDF></x:xmpmeta>
        """;

    static ImageMetadata Make() => new()
    {
        Exif = PhoneExif.Build(8, 8, 6),
        Xmp = Encoding.UTF8.GetBytes(Packet),
        Iptc = [0x1C, 2, 25, 0, 3, .. "cat"u8, 0x1C, 2, 90, 0, 5, .. "Paris"u8],
        PhotoshopResources = [.. "8BIM"u8, 3, 0xED, 0, 0, 0, 0, 0, 16, .. new byte[16], .. "8BIM"u8, 4, 0x0C, 0, 0, 0, 0, 0, 2, 7, 7],
    };

    [Fact]
    public void Mutated_metadata_are_carried_without_an_exception()
    {
        ImageFormat[] formats = [ImageFormat.Png, ImageFormat.Jpeg, ImageFormat.Tiff];
        for (int seed = 0; seed < Mutations; seed++)
        {
            Random random = new(seed);
            ImageMetadata made = Make();
            made.Exif = Mutation.Of(made.Exif!, random);
            made.Xmp = Mutation.Of(made.Xmp!, random);
            made.Iptc = Mutation.Of(made.Iptc!, random);
            made.PhotoshopResources = Mutation.Of(made.PhotoshopResources!, random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Image image = new(8, 8, 3) { Metadata = made.Resized(8, 8, 16, 16).Cut(16, 16, 3, 3, 8, 8) };
                ImageFormat format = formats[seed % formats.Length];
                Image read = Pictures.Decode(Pictures.Encode(image, format));
                Pictures.Encode(read, formats[(seed + 1) % formats.Length]);
                IptcRecords.Read(made.Iptc);
                PhotoshopBlocks.Split(made.PhotoshopResources, out _, out _);
                PhotoshopBlocks.ReadResolution(made.PhotoshopResources);
                ExtendedXmp.Join(made.Xmp, [made.Exif, made.Xmp], 1 << 20);
                using MemoryStream stream = new(made.Exif);
                TiffMetadata.Read(stream, ImageLimits.Default, new ImageMetadata());
                RawProfile.TryRead("Raw profile type exif", RawProfile.Encode("exif", made.Exif), new ImageMetadata());
            }
            catch (Exception e)
            {
                Assert.Fail($"mutation {seed}: {e}");
            }
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < 16 << 20, $"mutation {seed}: {allocated >> 10} KiB were allocated");
        }
    }

    [Fact]
    public void Files_with_mutated_metadata_give_a_picture_or_an_ImageException()
    {
        Image image = Pictures.Make(8, 8, 3, 8);
        image.Metadata = Make();
        image.Metadata.SetText("Comment", "text");
        byte[][] files =
            [Pictures.Encode(image, ImageFormat.Png), Pictures.Encode(image, ImageFormat.Jpeg), Pictures.Encode(image, ImageFormat.Tiff)];
        for (int seed = 0; seed < Mutations; seed++)
        {
            byte[] file = Mutation.Of(files[seed % files.Length], new Random(seed));
            try
            {
                Image read = Pictures.Decode(file, new() { MaxPixels = 1 << 20, MaxMetadataBytes = 1 << 20 });
                if (read.Width * (long)read.Height < 1 << 16) Pictures.Encode(Resizer.Resize(read, 9, 9, ResizeFilter.Lanczos), ImageFormat.Tiff);
            }
            catch (ImageException)
            {
                // It was refused.
            }
            catch (Exception e)
            {
                Assert.Fail($"mutation {seed}: {e}");
            }
        }
    }

    [Theory]
    [InlineData("<hdrgm:a>"), InlineData("<rdf:AppliedToDimensions>"), InlineData("<Container:Directory><!--"), InlineData("<a b='")]
    [InlineData("< "), InlineData("<exif:SubjectArea><x/>")]
    public void A_packet_costs_time_in_proportion_to_its_length(string piece)
    {
        string opened = string.Concat(Enumerable.Repeat(piece, 60_000));
        string closed = piece.EndsWith("a>", StringComparison.Ordinal)
            ? opened + string.Concat(Enumerable.Repeat("</" + piece[1..], 60_000)) : opened;
        foreach (string xmp in (string[])[opened, closed])
        {
            ImageMetadata metadata = new() { Xmp = Encoding.UTF8.GetBytes(xmp) };
            long start = Stopwatch.GetTimestamp();
            metadata.Cut(9, 9, 1, 1, 4, 4);
            Xmp.WithoutCompanions(metadata.Xmp, _ => { });
            // Two passes over a megabyte: some tens of milliseconds, on a machine that may have other work.
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5));
        }
    }

    [Fact]
    public void Entries_that_all_claim_the_whole_block_are_not_all_copied()
    {
        byte[] exif = new byte[1 << 20];
        "II*\0\u0008\0\0\0"u8.CopyTo(exif);
        const int count = 60_000;
        BitConverter.TryWriteBytes(exif.AsSpan(8), (ushort)count);
        for (int i = 0; i < count; i++)
        {
            Span<byte> entry = exif.AsSpan(10 + 12 * i, 12);
            BitConverter.TryWriteBytes(entry, (ushort)i);
            entry[2] = 1;
            BitConverter.TryWriteBytes(entry[4..], exif.Length);
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        ExifDirectories.Read(exif).Build();
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 32 << 20);
    }
}
