using System.Text;
using PgpSr.Imaging.Codecs.Tiff;

namespace PgpSr.Imaging.Tests.Metadata;

/// <summary>TIFF keeps metadata in its own directories: what is about the photograph goes in and out, in both layouts and byte orders.</summary>
public sealed class TiffMetadataTests
{
    const string Xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><OME><Image ID=\"Image:0\"><Pixels SizeX=\"96\"/>µ</Image></OME>";

    // One gray pixel and whatever tags a test wants, values little-endian.
    static byte[] Make(bool bigEndian, bool big, params ExifEntry[] entries)
    {
        long pixel = big ? 16 : 8, directory = pixel + 2;
        List<ExifEntry> all =
        [
            PhoneExif.Long(256, 1), PhoneExif.Long(257, 1), PhoneExif.Short(258, 8), PhoneExif.Short(259, 1), PhoneExif.Short(262, 1),
            PhoneExif.Long(273, (uint)pixel), PhoneExif.Long(278, 1), PhoneExif.Long(279, 1), .. entries,
        ];
        if (bigEndian) all = all.ConvertAll(TiffOrder.Swap);
        byte[] header =
        [
            .. bigEndian ? [(byte)'M', (byte)'M', 0, (byte)(big ? '+' : '*')] : (byte[])[(byte)'I', (byte)'I', (byte)(big ? '+' : '*'), 0],
            .. big ? TiffDirectoryBytes.Number(8, 2, bigEndian) : [], .. big ? new byte[2] : [],
            .. TiffDirectoryBytes.Number(directory, big ? 8 : 4, bigEndian),
        ];
        return [.. header, 200, 0, .. TiffDirectoryBytes.Build(all, [], [], [], directory, bigEndian, big)];
    }

    [Theory, InlineData(false, false), InlineData(true, false), InlineData(false, true)]
    public void Tags_of_the_main_directory_need_no_EXIF_directory(bool bigEndian, bool big)
    {
        Image image = Pictures.Decode(Make(bigEndian, big,
            PhoneExif.Text(270, "A scan, größer"), PhoneExif.Text(271, "Acme"), PhoneExif.Text(272, "Scan"),
            PhoneExif.Text(305, "scanner 1"), PhoneExif.Text(306, "2020:01:02 03:04:05"), PhoneExif.Text(315, "J. Doe"),
            PhoneExif.Text(33432, "(c) Doe"),
            PhoneExif.Rational(282, 600, 1), PhoneExif.Rational(283, 600, 1), PhoneExif.Short(296, 2)));
        Assert.Equal(200, image.Bytes[0]);
        Assert.Empty(image.Metadata.NotCarried);
        foreach (ImageFormat format in (ImageFormat[])[ImageFormat.Png, ImageFormat.Jpeg, ImageFormat.Tiff])
        {
            ImageMetadata read = Pictures.Decode(Pictures.Encode(image, format)).Metadata;
            Assert.Equal(["Acme", "Scan", "2020:01:02 03:04:05", "J. Doe", "(c) Doe"],
                ((ReadOnlySpan<ushort>)[271, 272, 306, 315, 33432]).ToArray().Select(tag => Exif.ReadText(read.Exif, tag)));
            Assert.Equal("A scan, größer", read.FindText("Description") ?? Exif.ReadText(read.Exif, Exif.DescriptionTag));
            Assert.Equal("scanner 1", read.FindText("Software") ?? Exif.ReadText(read.Exif, Exif.SoftwareTag));
            Assert.Equal(600, read.Resolution!.Value.In(ResolutionUnit.Inch).Horizontal, 0.02);
        }
        Assert.Empty(image.Metadata.Warnings);
    }

    [Fact]
    public void IPTC_is_read_from_both_tags_and_with_swapped_bytes()
    {
        byte[] iptc = [0x1C, 2, 25, 0, 3, .. "cat"u8, 0x1C, 2, 90, 0, 5, .. "Paris"u8];
        byte[] padded = [.. iptc, .. new byte[-iptc.Length & 3]], swapped = (byte[])padded.Clone();
        for (int i = 0; i < swapped.Length; i += 4) swapped.AsSpan(i, 4).Reverse();
        byte[] blocks = PhotoshopBlocks.Join(iptc, null);
        foreach (ExifEntry entry in (ExifEntry[])[new(33723, 4, (uint)padded.Length / 4, padded), new(33723, 4, (uint)padded.Length / 4, swapped),
            new(33723, 7, (uint)iptc.Length, iptc), new(34377, 1, (uint)blocks.Length, blocks)])
        {
            Image image = Pictures.Decode(Make(false, false, entry));
            Assert.Equal(iptc, image.Metadata.Iptc);
            Assert.Equal(iptc, Pictures.Decode(Pictures.Encode(image, ImageFormat.Tiff)).Metadata.Iptc);
        }
    }

    [Fact]
    public void A_description_stays_itself_and_other_texts_stand_beside_it()
    {
        Image image = Pictures.Decode(Make(false, false, PhoneExif.Text(270, Xml)));
        image.Metadata.SetText("PgpSr", "made <by> \"a\" & b\nin two lines");
        for (int i = 0; i < 2; i++)
        {
            byte[] file = Pictures.Encode(image, ImageFormat.Tiff);
            Assert.True(file.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Xml + "\0")) > 0);
            image = Pictures.Decode(file);
            Assert.Equal([new("Description", Xml), new("PgpSr", "made <by> \"a\" & b\nin two lines")], image.Metadata.Text);
            Assert.Empty(image.Metadata.NotCarried);
        }
    }

    [Fact]
    public void Texts_of_PNG_are_lines_of_the_description_where_there_is_none()
    {
        Image image = new(2, 2, 3);
        image.Metadata.SetText("parameters", "café 日本");
        image.Metadata.SetText("workflow", "{}");
        ImageMetadata read = Pictures.Decode(Pictures.Encode(image, ImageFormat.Tiff)).Metadata;
        Assert.Equal("parameters: café 日本\nworkflow: {}", Assert.Single(read.Text).Value);
    }

    [Fact]
    public void Everything_in_a_photographs_EXIF_goes_into_TIFF_and_back()
    {
        foreach (bool bigEndian in (bool[])[false, true])
        {
            Image photo = Pictures.Make(20, 10, 3, 8);
            byte[] exif = Exif.WithText(PhoneExif.Build(20, 10), Exif.DescriptionTag, "A größer hopper");
            ExifDirectories before = ExifDirectories.Read(exif);
            before.Exif.Add(new(0x9286, 7, 12, [.. "UNICODE\0"u8, .. Encoding.Unicode.GetBytes("hi")]));
            photo.Metadata.Exif = bigEndian
                ? ExifDirectories.Build(before.Main.ConvertAll(TiffOrder.Swap), before.Exif.ConvertAll(TiffOrder.Swap),
                    before.Gps.ConvertAll(TiffOrder.Swap), before.Interoperability.ConvertAll(TiffOrder.Swap), true)
                : before.Build();
            Image read = Pictures.Decode(Pictures.Encode(photo, ImageFormat.Tiff));
            ExifDirectories after = ExifDirectories.Read(read.Metadata.Exif);
            // Size, orientation, density and description are TIFF's own.
            before.Main.RemoveAll(e => e.Tag is 0x0100 or 0x0101 or 0x0112 or 0x011A or 0x011B or 0x0128 or Exif.DescriptionTag);
            before.Exif.Sort((a, b) => a.Tag.CompareTo(b.Tag));
            Assert.True(before.Matches(after), $"big-endian: {bigEndian}");
            Assert.Equal("A größer hopper", read.Metadata.FindText("Description"));
            Assert.Equal(new ImageResolution(240, 240, ResolutionUnit.Inch), read.Metadata.Resolution);
        }
    }

    [Fact]
    public void Tags_that_are_not_carried_are_named_once()
    {
        Image image = Pictures.Decode(Make(false, false, new(33550, 12, 3, new byte[24]), new(33922, 12, 6, new byte[48]),
            new(37724, 7, 9, new byte[9]), new(50838, 7, 9, new byte[9])));
        Assert.Equal(["the georeference (GeoTIFF)", "Photoshop's layers", "TIFF tag 50838"], image.Metadata.NotCarried);
        Pictures.Encode(image, ImageFormat.Tiff);
        Assert.Contains("GeoTIFF", Assert.Single(image.Metadata.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_TIFF_over_4_GiB_would_have_its_metadata_in_the_layout_of_BigTIFF()
    {
        TiffFieldList fields = new();
        Image photo = Pictures.Make(20, 10, 3, 8);
        photo.Metadata.Exif = PhoneExif.Build(20, 10);
        fields.AddMetadata(photo.Metadata);
        byte[] bytes = fields.ToBytes(16, big: true);
        using MemoryStream stream = new([.. "II+\0\u0008\0\0\0"u8, 16, .. new byte[7], .. bytes]);
        ImageMetadata read = new();
        TiffMetadata.Read(stream, ImageLimits.Default, read);
        Assert.Equal(ExifDirectories.Read(photo.Metadata.Exif).Exif.Count, ExifDirectories.Read(read.Exif).Exif.Count);
        Assert.Equal("J. Doe", Exif.ReadText(read.Exif, 315));
        Assert.Single(ExifDirectories.Read(read.Exif).Interoperability);
    }
}
