using System.Text;
using BitMiracle.LibTiff.Classic;

namespace PgpSr.Imaging.Tests.Codecs;

public sealed class TiffTests
{
    [Theory, MemberData(nameof(PngTests.Layouts), MemberType = typeof(PngTests))]
    public void What_is_written_is_read_back(int width, int height, int channels, int depth)
    {
        Image image = Pictures.Make(width, height, channels, depth);
        Pictures.AssertSame(image, Pictures.Decode(Pictures.Encode(image, ImageFormat.Tiff)));
    }

    [Theory]
    [InlineData(3, 8, Compression.NONE, false, false), InlineData(3, 8, Compression.LZW, true, false),
        InlineData(3, 16, Compression.LZW, false, true)]
    [InlineData(1, 16, Compression.PACKBITS, true, false), InlineData(4, 8, Compression.ADOBE_DEFLATE, true, true),
        InlineData(2, 16, Compression.NONE, true, true)]
    [InlineData(1, 8, Compression.NONE, false, true)]
    public void Strips_tiles_planes_and_byte_orders_of_other_writers_are_read(int channels, int depth, Compression compression, bool tiled,
        bool separate)
    {
        Image image = Pictures.Make(75, 50, channels, depth);
        foreach (string mode in (string[])["wl", "wb"])
            Pictures.AssertSame(image, Pictures.Decode(WriteByLibrary(image, mode, compression, tiled, separate)));
    }

    static byte[] WriteByLibrary(Image image, string mode, Compression compression, bool tiled, bool separate)
    {
        const int Side = 32;
        using MemoryStream stream = new();
        using (Tiff tiff = Tiff.ClientOpen("test", mode, stream, new Kept()))
        {
            tiff.SetField(TiffTag.IMAGEWIDTH, image.Width);
            tiff.SetField(TiffTag.IMAGELENGTH, image.Height);
            tiff.SetField(TiffTag.SAMPLESPERPIXEL, image.Channels);
            tiff.SetField(TiffTag.BITSPERSAMPLE, image.BitDepth);
            tiff.SetField(TiffTag.PHOTOMETRIC, image.Channels < 3 ? Photometric.MINISBLACK : Photometric.RGB);
            tiff.SetField(TiffTag.PLANARCONFIG, separate ? PlanarConfig.SEPARATE : PlanarConfig.CONTIG);
            tiff.SetField(TiffTag.COMPRESSION, compression);
            if (image.HasAlpha) tiff.SetField(TiffTag.EXTRASAMPLES, 1, (short[])[(short)ExtraSample.UNASSALPHA]);
            if (tiled)
            {
                tiff.SetField(TiffTag.TILEWIDTH, Side);
                tiff.SetField(TiffTag.TILELENGTH, Side);
            }
            else
            {
                tiff.SetField(TiffTag.ROWSPERSTRIP, 7);
            }
            int planes = separate ? image.Channels : 1, sample = image.BitDepth / 8, channels = separate ? 1 : image.Channels;
            for (short plane = 0; plane < planes; plane++)
            {
                byte[] Pixels(int x, int y, int width, int height)
                {
                    byte[] block = new byte[width * height * channels * sample];
                    for (int i = 0; i < width * height; i++)
                    {
                        int column = Math.Min(x + i % width, image.Width - 1), row = Math.Min(y + i / width, image.Height - 1);
                        image.Bytes.Slice((row * image.Width + column) * image.Info.PixelLength + plane * sample, channels * sample)
                            .CopyTo(block.AsSpan(i * channels * sample));
                    }
                    return block;
                }
                if (tiled)
                    for (int y = 0; y < image.Height; y += Side)
                        for (int x = 0; x < image.Width; x += Side) tiff.WriteTile(Pixels(x, y, Side, Side), x, y, 0, plane);
                else
                    for (int y = 0; y < image.Height; y++) tiff.WriteScanline(Pixels(0, y, image.Width, 1), y, plane);
            }
        }
        return stream.ToArray();
    }

    sealed class Kept : TiffStream
    {
        public override void Close(object clientData)
        {
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Of_several_pages_the_first_is_read_with_a_warning(int pages)
    {
        using MemoryStream stream = new();
        using (Tiff tiff = Tiff.ClientOpen("test", "w", stream, new Kept()))
        {
            for (byte page = 0; page < pages; page++)
            {
                tiff.SetField(TiffTag.IMAGEWIDTH, 2);
                tiff.SetField(TiffTag.IMAGELENGTH, 1);
                tiff.SetField(TiffTag.SAMPLESPERPIXEL, 1);
                tiff.SetField(TiffTag.BITSPERSAMPLE, 8);
                tiff.SetField(TiffTag.PHOTOMETRIC, Photometric.MINISBLACK);
                tiff.SetField(TiffTag.ROWSPERSTRIP, 1);
                tiff.WriteScanline([page, (byte)(page + 1)], 0);
                tiff.WriteDirectory();
            }
        }
        Image image = Pictures.Decode(stream.ToArray());
        Assert.Equal([0, 1], image.Bytes.ToArray());
        Assert.Equal(pages > 1 ? 1 : 0, image.Metadata.NotCarried.Count(name => name.Contains("only the first", StringComparison.Ordinal)));
    }

    [Fact]
    public void Palettes_go_through_the_library()
    {
        using MemoryStream stream = new();
        using (Tiff tiff = Tiff.ClientOpen("test", "w", stream, new Kept()))
        {
            tiff.SetField(TiffTag.IMAGEWIDTH, 4);
            tiff.SetField(TiffTag.IMAGELENGTH, 2);
            tiff.SetField(TiffTag.SAMPLESPERPIXEL, 1);
            tiff.SetField(TiffTag.BITSPERSAMPLE, 8);
            tiff.SetField(TiffTag.PHOTOMETRIC, Photometric.PALETTE);
            tiff.SetField(TiffTag.ROWSPERSTRIP, 2);
            ushort[] ramp = [.. Enumerable.Range(0, 256).Select(i => (ushort)(i * 257))];
            tiff.SetField(TiffTag.COLORMAP, ramp, ramp.Reverse().ToArray(), new ushort[256]);
            tiff.WriteScanline([0, 1, 2, 3], 0);
            tiff.WriteScanline([10, 20, 30, 255], 1);
        }
        Image image = Pictures.Decode(stream.ToArray());
        Assert.Equal(new ImageInfo(4, 2, 3, 8), image.Info);
        Assert.Equal([0, 255, 0, 1, 254, 0, 2, 253, 0, 3, 252, 0, 10, 245, 0, 20, 235, 0, 30, 225, 0, 255, 0, 0], image.Bytes.ToArray());
    }

    [Fact]
    public void Metadata_come_through_with_EXIF_of_either_byte_order()
    {
        foreach (bool big in (bool[])[false, true])
        {
            Image image = Pictures.Make(30, 20, 3, 8);
            image.Metadata.IccProfile = Pictures.MakeIccProfile(gray: false, 4000);
            image.Metadata.Xmp = Encoding.UTF8.GetBytes("<x:xmpmeta/>");
            image.Metadata.Resolution = new(300, 150, ResolutionUnit.Inch);
            image.Metadata.SetText("Software", "pgpsr 0.1");
            image.Metadata.SetText("Description", "two boats");
            byte[] exposure = big ? [0, 0, 0, 1, 0, 0, 0, 250] : [1, 0, 0, 0, 250, 0, 0, 0];
            byte[] width = big ? [0, 0, 1, 0] : [0, 1, 0, 0];
            image.Metadata.Exif = Exif.Build([new(0x010F, 2, 6, "Maker\0"u8.ToArray())], [new(0x829A, 5, 1, exposure), new(0xA002, 4, 1, width)],
                [new(0x0001, 2, 2, "N\0"u8.ToArray())], big);
            ImageMetadata read = Pictures.Decode(Pictures.Encode(image, ImageFormat.Tiff)).Metadata;
            Assert.Equal(image.Metadata.IccProfile, read.IccProfile);
            Assert.Equal(image.Metadata.Xmp, read.Xmp);
            Assert.Equal(image.Metadata.Resolution, read.Resolution);
            Assert.Equal("pgpsr 0.1", read.FindText("Software"));
            Assert.Equal("two boats", read.FindText("Description"));
            List<ExifEntry> exif = Exif.ReadSubdirectory(read.Exif, Exif.ExifDirectoryTag);
            Assert.Equal([1, 0, 0, 0, 250, 0, 0, 0], exif.Single(e => e.Tag == 0x829A).Value);
            Assert.Equal([30, 0, 0, 0], exif.Single(e => e.Tag == 0xA002).Value);
            Assert.Equal("N\0"u8.ToArray(), Exif.ReadSubdirectory(read.Exif, Exif.GpsDirectoryTag).Single().Value);
            Assert.Equal("Maker\0"u8.ToArray(),
                Exif.ReadDirectory(read.Exif, BitConverter.ToUInt32(read.Exif!, 4)).Single(e => e.Tag == 0x010F).Value);
        }
    }

    [Fact]
    public void A_truncated_file_is_refused()
    {
        byte[] file = Pictures.Encode(Pictures.Make(200, 200, 3, 8), ImageFormat.Tiff);
        foreach (int percent in (int[])[1, 5, 30, 60, 95, 99])
            Assert.Throws<ImageException>(() => Pictures.Decode(file[..(file.Length * percent / 100)]));
    }
}
