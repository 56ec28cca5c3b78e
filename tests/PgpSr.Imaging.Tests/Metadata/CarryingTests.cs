using System.Text;

namespace PgpSr.Imaging.Tests.Metadata;

/// <summary>What goes into a file comes out of it, or is named in the one warning.</summary>
public sealed class CarryingTests
{
    static byte[] Iptc(int length) => [0x1C, 2, 25, (byte)(length >> 8), (byte)length, .. Enumerable.Repeat((byte)'k', length)];

    // A clipping path's name, 0x0BB7, with an odd name and odd data.
    static byte[] Resource => [.. "8BIM"u8, 0x0B, 0xB7, 3, .. "abc"u8, 0, 0, 0, 3, 1, 2, 3, 0];

    static Image Photo(int width = 48, int height = 32)
    {
        Image photo = Pictures.Make(width, height, 3, 8);
        photo.Metadata.Exif = PhoneExif.Build(width, height);
        return photo;
    }

    [Theory, InlineData(ImageFormat.Png, 30), InlineData(ImageFormat.Jpeg, 30), InlineData(ImageFormat.Jpeg, 60_000)]
    public void IPTC_and_Photoshop_resources_come_through(ImageFormat format, int length)
    {
        Image photo = Photo();
        photo.Metadata.Iptc = [.. Iptc(length), .. Iptc(length), .. Iptc(7)];
        foreach (byte[]? resources in (byte[]?[])[null, Resource])
        {
            photo.Metadata.PhotoshopResources = resources;
            ImageMetadata read = Pictures.Decode(Pictures.Encode(photo, format)).Metadata;
            Assert.Equal(photo.Metadata.Iptc, read.Iptc);
            Assert.Equal(resources, read.PhotoshopResources);
            Assert.Empty(photo.Metadata.Warnings);
            Assert.Empty(read.Warnings);
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public void XMP_over_64_KiB_goes_into_JPEG_in_several_segments(bool wrapped)
    {
        string body = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description "
            + $"rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" dc:source=\"{new string('y', 200_000)}\"/></rdf:RDF></x:xmpmeta>";
        Image photo = Photo();
        photo.Metadata.Xmp = Encoding.UTF8.GetBytes(wrapped ? $"<?xpacket begin=\"\" id=\"W5M0\"?>{body}<?xpacket end=\"w\"?>" : body);
        ImageMetadata read = Pictures.Decode(Pictures.Encode(photo, ImageFormat.Jpeg)).Metadata;
        Assert.Equal(body, Encoding.UTF8.GetString(read.Xmp!));
        Assert.Empty(photo.Metadata.Warnings);
        Assert.Empty(read.Warnings);
    }

    [Fact]
    public void The_padding_of_a_packet_is_no_reason_for_a_second_segment()
    {
        const string content = "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>";
        Image photo = Photo();
        photo.Metadata.Xmp = Encoding.UTF8.GetBytes($"<?xpacket begin=''?>{content}{new string(' ', 70_000)}<?xpacket end='w'?>");
        byte[] read = Pictures.Decode(Pictures.Encode(photo, ImageFormat.Jpeg)).Metadata.Xmp!;
        Assert.Equal($"<?xpacket begin=''?>{content}\n<?xpacket end='w'?>", Encoding.UTF8.GetString(read));
    }

    [Fact]
    public void Of_EXIF_over_64_KiB_all_but_the_longest_goes_into_JPEG_with_a_warning()
    {
        Image photo = Photo();
        photo.Metadata.Exif = Exif.WithText(photo.Metadata.Exif, Exif.DescriptionTag, new string('x', 70_000));
        ImageMetadata read = Pictures.Decode(Pictures.Encode(photo, ImageFormat.Jpeg)).Metadata;
        Assert.Null(Exif.ReadText(read.Exif, Exif.DescriptionTag));
        Assert.Equal("J. Doe", Exif.ReadText(read.Exif, 0x013B));
        string warning = Assert.Single(photo.Metadata.Warnings);
        Assert.Contains("EXIF ImageDescription (69 KB)", warning, StringComparison.Ordinal);
        Assert.Contains("EXIF thumbnail", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_a_JPEG_does_not_hold_is_one_warning()
    {
        Image photo = new(8, 8, 1);
        photo.Metadata.SetText("workflow", new string('z', 70_000));
        photo.Metadata.SetText("short", "fits");
        photo.Metadata.IccProfile = Pictures.MakeIccProfile(gray: false, 400);
        photo.Metadata.Gamma = 100_000;
        photo.Metadata.Chromaticities = [31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000];
        photo.Metadata.CodePoints = [9, 16, 0, 1];
        photo.Metadata.NotCarried.Add("something met while reading");
        byte[] file = Pictures.Encode(photo, ImageFormat.Jpeg);
        string warning = Assert.Single(photo.Metadata.Warnings);
        foreach (string part in (string[])["\"workflow\"", "color profile", "gAMA", "cHRM", "cICP", "met while reading"])
            Assert.Contains(part, warning, StringComparison.Ordinal);
        Assert.Equal("short: fits", Assert.Single(Pictures.Decode(file).Metadata.Text).Value);
        Pictures.Encode(photo, ImageFormat.Jpeg);
        Assert.Single(photo.Metadata.Warnings);
        Pictures.Encode(photo, ImageFormat.Jpeg, new() { WriteMetadata = false });
        Assert.Single(photo.Metadata.Warnings);
    }

    [Fact]
    public void What_says_sRGB_is_no_loss()
    {
        Image photo = Photo();
        photo.Metadata.Gamma = 45455;
        photo.Metadata.Chromaticities = [31269, 32899, 63999, 33001, 30000, 60000, 15000, 5999];
        photo.Metadata.CodePoints = [1, 13, 0, 1];
        Pictures.Encode(photo, ImageFormat.Jpeg);
        Assert.Empty(photo.Metadata.Warnings);
        photo.Metadata.Gamma = 100_000;
        photo.Metadata.SrgbIntent = 0;
        Pictures.Encode(photo, ImageFormat.Jpeg);
        Assert.Empty(photo.Metadata.Warnings);
    }

    [Fact]
    public void Texts_in_PNG_are_UTF8_where_they_can_be_and_Latin1_else()
    {
        byte[] file = new RawPngFile().Text("a", "café 日本"u8.ToArray()).Text("b", [.. "caf"u8, 0xE9]).End();
        ImageMetadata read = Pictures.Decode(file).Metadata;
        Assert.Equal("café 日本", read.FindText("a"));
        Assert.Equal("café", read.FindText("b"));
        Image image = Pictures.Decode(file);
        ImageMetadata again = Pictures.Decode(Pictures.Encode(image, ImageFormat.Jpeg)).Metadata;
        Assert.Contains(again.Text, text => text.Value == "a: café 日本");
    }

    [Theory, InlineData("exif"), InlineData("APP1")]
    public void ImageMagicks_raw_profiles_are_metadata(string type)
    {
        byte[] exif = [.. "Exif\0\0"u8, .. Exif.Build([new(Exif.OrientationTag, 3, 1, [6, 0])], [], [], bigEndian: false)];
        string hex = Convert.ToHexStringLower(exif);
        // Two more than there are, as a known writer counts.
        string text = $"\n{type}\n      {exif.Length + 2}\n{hex[..40]}\n{hex[40..]}\n";
        Image read = Pictures.Decode(new RawPngFile(width: 3, height: 2).Text("Raw profile type " + type, Encoding.ASCII.GetBytes(text)).End());
        Assert.Equal((2, 3), (read.Width, read.Height));
        Assert.NotNull(read.Metadata.Exif);
        Assert.Empty(read.Metadata.Text);
    }

    [Fact]
    public void PNG_chunks_that_nobody_here_knows_are_named_and_those_about_storage_are_not()
    {
        byte[] file = new RawPngFile().Chunk("tIME", new byte[7]).Chunk("caBX", [1]).Chunk("oFFs", new byte[9]).End();
        Image image = Pictures.Decode(file);
        Assert.Equal(2, image.Metadata.NotCarried.Count);
        Pictures.Encode(image, ImageFormat.Png);
        string warning = Assert.Single(image.Metadata.Warnings);
        Assert.Contains("C2PA", warning, StringComparison.Ordinal);
        Assert.Contains("oFFs", warning, StringComparison.Ordinal);
    }

    [Theory, InlineData(ImageFormat.Png), InlineData(ImageFormat.Jpeg), InlineData(ImageFormat.Tiff)]
    public void A_resolution_that_only_EXIF_says_is_known_and_written(ImageFormat format)
    {
        Image photo = Photo();
        Image read = Pictures.Decode(Pictures.Encode(photo, ImageFormat.Jpeg));
        Assert.Equal(new ImageResolution(240, 240, ResolutionUnit.Inch), read.Metadata.Resolution);
        read.Metadata.Exif = null;
        Image again = Pictures.Decode(Pictures.Encode(read, format));
        Assert.Equal(240, again.Metadata.Resolution!.Value.In(ResolutionUnit.Inch).Horizontal, 0.02);
        // A density set by the program is what EXIF says from then on.
        photo.Metadata.Resolution = new(10, 20, ResolutionUnit.Centimeter);
        photo = Pictures.Decode(Pictures.Encode(photo, ImageFormat.Png));
        Assert.Equal(new ImageResolution(10, 20, ResolutionUnit.Centimeter), ExifResolution.Read(photo.Metadata.Exif));
    }
}
