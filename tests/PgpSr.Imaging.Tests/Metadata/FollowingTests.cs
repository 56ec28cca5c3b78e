using System.Buffers.Binary;
using System.Text;

namespace PgpSr.Imaging.Tests.Metadata;

/// <summary>Numbers that count pixels follow the pixels; what would show what was cut away goes.</summary>
public sealed class FollowingTests
{
    const string Panorama = """
        <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
         xmlns:P="http://ns.google.com/photos/1.0/panorama/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
         P:FullPanoWidthPixels="4000" P:FullPanoHeightPixels='2000' P:CroppedAreaImageWidthPixels = "100"
         P:CroppedAreaImageHeightPixels="50" P:CroppedAreaLeftPixels="10" P:InitialViewHeadingDegrees="90.5">
         <P:CroppedAreaTopPixels> 7 </P:CroppedAreaTopPixels><tiff:ImageWidth>100</tiff:ImageWidth><tiff:ImageLength>50</tiff:ImageLength>
         <exif:PixelXDimension>100</exif:PixelXDimension><exif:PixelYDimension>50</exif:PixelYDimension>
         <exif:SubjectArea><rdf:Seq><rdf:li>40</rdf:li><rdf:li>20</rdf:li><rdf:li>8</rdf:li><rdf:li>6</rdf:li></rdf:Seq></exif:SubjectArea>
        </rdf:Description></rdf:RDF></x:xmpmeta>
        """;

    static Image Picture()
    {
        Image image = Pictures.Make(100, 50, 3, 8);
        image.Metadata.Xmp = Encoding.UTF8.GetBytes(Panorama);
        image.Metadata.Exif = PhoneExif.Build(100, 50);
        return image;
    }

    const string Regions = """
        <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
         xmlns:R="http://www.metadataworkinggroup.com/schemas/regions/" xmlns:D="http://ns.adobe.com/xap/1.0/sType/Dimensions#"
         xmlns:A="http://ns.adobe.com/xmp/sType/Area#" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/" tiff:Orientation="6">
         <exif:SubjectArea><rdf:Seq><rdf:li>40</rdf:li><rdf:li>20</rdf:li><rdf:li>8</rdf:li><rdf:li>6</rdf:li></rdf:Seq></exif:SubjectArea>
         <R:Regions rdf:parseType="Resource"><R:AppliedToDimensions D:w="400" D:h="300" D:unit="pixel"/>
         <R:RegionList><rdf:Bag><rdf:li rdf:parseType="Resource"><R:Name>Ada</R:Name><R:Area A:x="0.25" A:y="0.4" A:w="0.1" A:h="0.2" A:unit="normalized"/></rdf:li></rdf:Bag></R:RegionList></R:Regions>
        </rdf:Description></rdf:RDF></x:xmpmeta>
        """;

    [Fact]
    public void Faces_are_turned_with_the_pixels()
    {
        byte[] packet = Encoding.UTF8.GetBytes(Regions);
        string turned = Encoding.UTF8.GetString(Xmp.Upright(packet, ImageOrientation.RightTop, 400, 300));
        // Turned clockwise by a quarter: what was left is above, what was below is left.
        foreach (string part in (string[])["D:w=\"300\" D:h=\"400\"", "A:x=\"0.6\" A:y=\"0.25\" A:w=\"0.2\" A:h=\"0.1\"", "Orientation=\"1\"",
            "<rdf:li>279</rdf:li><rdf:li>40</rdf:li><rdf:li>6</rdf:li><rdf:li>8</rdf:li>"])
            Assert.Contains(part, turned, StringComparison.Ordinal);
        string half = Encoding.UTF8.GetString(Xmp.Upright(packet, ImageOrientation.BottomRight, 400, 300));
        Assert.Contains("A:x=\"0.75\" A:y=\"0.6\" A:w=\"0.1\" A:h=\"0.2\"", half, StringComparison.Ordinal);
        Assert.Contains("D:w=\"400\" D:h=\"300\"", half, StringComparison.Ordinal);
    }

    [Fact]
    public void Faces_that_were_marked_in_the_upright_picture_stay()
    {
        byte[] packet = Encoding.UTF8.GetBytes(Regions.Replace("D:w=\"400\" D:h=\"300\"", "D:w=\"300\" D:h=\"400\"", StringComparison.Ordinal));
        string turned = Encoding.UTF8.GetString(Xmp.Upright(packet, ImageOrientation.RightTop, 400, 300));
        Assert.Contains("A:x=\"0.25\" A:y=\"0.4\" A:w=\"0.1\" A:h=\"0.2\"", turned, StringComparison.Ordinal);
        Assert.Contains("<rdf:li>279</rdf:li><rdf:li>40</rdf:li>", turned, StringComparison.Ordinal);
    }

    [Fact]
    public void XMP_follows_a_new_size()
    {
        string xmp = Encoding.UTF8.GetString(Resizer.Resize(Picture(), 300, 150, ResizeFilter.Lanczos).Metadata.Xmp!);
        string expected = Panorama.Replace("4000", "12000", StringComparison.Ordinal).Replace("2000'", "6000'", StringComparison.Ordinal)
            .Replace("\"100\"", "\"300\"", StringComparison.Ordinal).Replace("\"50\"", "\"150\"", StringComparison.Ordinal)
            .Replace("\"10\"", "\"30\"", StringComparison.Ordinal).Replace(" 7 ", " 21 ", StringComparison.Ordinal)
            .Replace(">100<", ">300<", StringComparison.Ordinal).Replace(">50<", ">150<", StringComparison.Ordinal)
            .Replace(">40<", ">120<", StringComparison.Ordinal).Replace(">20<", ">60<", StringComparison.Ordinal)
            .Replace(">8<", ">24<", StringComparison.Ordinal).Replace(">6<", ">18<", StringComparison.Ordinal);
        Assert.Equal(expected, xmp);
    }

    [Fact]
    public void XMP_and_EXIF_follow_a_cut_and_thumbnails_go_with_their_bytes()
    {
        Image image = Picture();
        byte[] thumbnail = PhoneExif.Thumbnail;
        Assert.True(image.Metadata.Exif.AsSpan().IndexOf(thumbnail) > 0);
        image.Metadata.PhotoshopResources = [.. "8BIM"u8, 0x04, 0x0C, 0, 0, 0, 0, 0, 2, 7, 7];
        ImageMetadata cut = image.Metadata.Cut(100, 50, 20, 5, 60, 40);
        string xmp = Encoding.UTF8.GetString(cut.Xmp!);
        foreach (string part in (string[])["FullPanoWidthPixels=\"4000\"", "CroppedAreaImageWidthPixels = \"60\"",
            "CroppedAreaLeftPixels=\"30\"", "> 12 <",
            "<tiff:ImageWidth>60<", "<exif:PixelYDimension>40<", "<rdf:li>20</rdf:li><rdf:li>15</rdf:li><rdf:li>8</rdf:li>"])
            Assert.Contains(part, xmp, StringComparison.Ordinal);
        Assert.Equal(-1, cut.Exif.AsSpan().IndexOf(thumbnail.AsSpan(20, 20)));
        Assert.Null(cut.PhotoshopResources);
        Assert.Contains(cut.NotCarried, name => name.Contains("EXIF thumbnail", StringComparison.Ordinal));
        Assert.Contains(cut.NotCarried, name => name.Contains("Photoshop thumbnail", StringComparison.Ordinal));
        // The subject at column 10 was cut away.
        Assert.Contains(cut.NotCarried, name => name.Contains("0x9214", StringComparison.Ordinal));
        Assert.True(image.Metadata.Exif.AsSpan().IndexOf(thumbnail) > 0, "the source's metadata were changed");
    }

    [Fact]
    public void EXIF_follows_a_new_size_and_keeps_the_thumbnail_and_the_makers_note_in_its_place()
    {
        Image image = Picture();
        ImageMetadata large = Pictures.Decode(Pictures.Encode(Resizer.Resize(image, 400, 200, ResizeFilter.Lanczos), ImageFormat.Jpeg)).Metadata;
        var directories = ExifDirectories.Read(large.Exif);
        Assert.Equal(400u, Number(directories.Main, 0x0100));
        Assert.Equal(200u, Number(directories.Main, 0x0101));
        Assert.Equal(400u, Number(directories.Exif, 0xA002));
        Assert.Equal(200u, Number(directories.Exif, 0xA003));
        Assert.Equal(Shorts(40, 24, 16, 8), directories.Exif.Single(e => e.Tag == 0x9214).Value);
        Assert.Equal(4000u, Number(directories.Exif, 0xA20E));
        int place = image.Metadata.Exif.AsSpan().IndexOf("Maker\0"u8);
        Assert.Equal(place, large.Exif.AsSpan().IndexOf("Maker\0"u8));
        Assert.True(large.Exif.AsSpan().IndexOf(PhoneExif.Thumbnail) > 0);
        Assert.Empty(large.Warnings);
    }

    static uint Number(List<ExifEntry> entries, ushort tag) => BinaryPrimitives.ReadUInt32LittleEndian(entries.Single(e => e.Tag == tag).Value);

    static byte[] Shorts(params ushort[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    // The subject's center is at (10, 6) of 48 x 32 pixels and its size 4 x 2, as the picture is stored.
    [Theory]
    [InlineData(1, 10, 6, 4, 2), InlineData(2, 37, 6, 4, 2), InlineData(3, 37, 25, 4, 2), InlineData(4, 10, 25, 4, 2)]
    [InlineData(5, 6, 10, 2, 4), InlineData(6, 25, 10, 2, 4), InlineData(7, 25, 37, 2, 4), InlineData(8, 6, 37, 2, 4)]
    public void A_subject_turns_with_the_picture(ushort orientation, ushort x, ushort y, ushort width, ushort height)
    {
        Image stored = Pictures.Make(48, 32, 3, 8);
        stored.Metadata.Exif = PhoneExif.Build(48, 32, orientation);
        Image upright = Pictures.Decode(Pictures.Encode(stored, ImageFormat.Png));
        var directories = ExifDirectories.Read(upright.Metadata.Exif);
        Assert.Equal(Shorts(x, y, width, height), directories.Exif.Single(e => e.Tag == 0x9214).Value);
        Assert.Equal(Shorts(1), directories.Main.Single(e => e.Tag == 0x0112).Value);
        bool turned = orientation != 1;
        Assert.Equal(turned, upright.Metadata.NotCarried.Any(name => name.Contains("thumbnail", StringComparison.Ordinal)));
        Assert.Equal(turned, upright.Metadata.Exif.AsSpan().IndexOf(PhoneExif.Thumbnail.AsSpan(20, 20)) < 0);
    }

    [Fact]
    public void A_makers_note_with_a_preview_goes_where_something_is_cut()
    {
        byte[] note = [.. "Note"u8, 0xFF, 0xD8, 0xFF, 0xDB, .. new byte[20]];
        ImageMetadata metadata = new() { Exif = Exif.Build([], [new(Exif.MakerNoteTag, 7, (uint)note.Length, note)], [], false) };
        Assert.NotEmpty(ExifDirectories.Read(metadata.Resized(9, 9, 18, 18).Exif).Exif);
        ImageMetadata cut = metadata.Cut(9, 9, 1, 1, 4, 4);
        Assert.Empty(ExifDirectories.Read(cut.Exif).Exif);
        Assert.Contains("maker note", Assert.Single(cut.NotCarried), StringComparison.Ordinal);
    }

    [Fact]
    public void A_gain_map_is_named_and_no_longer_announced()
    {
        const string before = """
            <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
              xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" xmlns:Container="http://ns.google.com/photos/1.0/container/"
              xmlns:Item="http://ns.google.com/photos/1.0/container/item/" xmlns:G="http://ns.google.com/photos/1.0/camera/"
              xmlns:xmp="http://ns.adobe.com/xap/1.0/" hdrgm:Version="1.0" xmp:Rating="4" G:MotionPhoto="1">
              <Container:Directory><rdf:Seq><rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Primary" Item:Mime="image/jpeg"/></rdf:li>
              <rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="GainMap" Item:Mime="image/jpeg" Item:Length="6"/></rdf:li></rdf:Seq>
              </Container:Directory></rdf:Description></rdf:RDF></x:xmpmeta>
            """;
        Image photo = Pictures.Make(24, 16, 3, 8);
        photo.Metadata.Xmp = Encoding.UTF8.GetBytes(before);
        ImageMetadata read = Pictures.Decode(Pictures.Encode(photo, ImageFormat.Jpeg)).Metadata;
        string xmp = Encoding.UTF8.GetString(read.Xmp!);
        Assert.Contains("xmp:Rating=\"4\"", xmp, StringComparison.Ordinal);
        foreach (string gone in (string[])["hdrgm:Version", "Item:Semantic", "G:MotionPhoto", "<Container:Directory"])
            Assert.DoesNotContain(gone, xmp, StringComparison.Ordinal);
        Assert.Equal(["the gain map", "the video of a motion photo"], read.NotCarried.Order());
        System.Xml.Linq.XDocument.Parse(xmp);
    }
}
