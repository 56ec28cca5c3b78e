using System.Text;

namespace PgpSr.Imaging.Tests.Metadata;

/// <summary>A telephone's JPEG with everything, enlarged: each tag that exiftool sees in it is kept, updated, or named in the warning.</summary>
public sealed class ExifToolTests : IDisposable
{
    const int Width = 64, Height = 48, Scale = 4;

    const string Packet = """
        <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
          xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" xmlns:Container="http://ns.google.com/photos/1.0/container/"
          xmlns:Item="http://ns.google.com/photos/1.0/container/item/" xmlns:GPano="http://ns.google.com/photos/1.0/panorama/"
          xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
          hdrgm:Version="1.0" xmp:Rating="4" tiff:ImageWidth="64" tiff:ImageLength="48" GPano:UsePanoramaViewer="True"
          GPano:ProjectionType="equirectangular" GPano:FullPanoWidthPixels="128" GPano:FullPanoHeightPixels="64"
          GPano:CroppedAreaImageWidthPixels="64" GPano:CroppedAreaImageHeightPixels="48" GPano:CroppedAreaLeftPixels="32"
          GPano:CroppedAreaTopPixels="8">
          <dc:title><rdf:Alt><rdf:li xml:lang="x-default">größer</rdf:li></rdf:Alt></dc:title>
          <Container:Directory><rdf:Seq><rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Primary" Item:Mime="image/jpeg"/></rdf:li>
          <rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="GainMap" Item:Mime="image/jpeg" Item:Length="6"/></rdf:li></rdf:Seq>
          </Container:Directory></rdf:Description></rdf:RDF></x:xmpmeta>
        """;

    readonly string _folder = Directory.CreateTempSubdirectory("pgpsr-exiftool-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Written without the library's own cleaning: the segments are put in front of the picture as they are.
    static byte[] Phone(ushort orientation)
    {
        Image photo = Pictures.Make(Width, Height, 3, 8);
        photo.Metadata.SetText("Comment", "a comment, größer");
        photo.Metadata.Iptc = [0x1C, 1, 90, 0, 3, 0x1B, (byte)'%', (byte)'G', 0x1C, 2, 25, 0, 3, .. "cat"u8, 0x1C, 2, 90, 0, 5, .. "Paris"u8];
        photo.Metadata.IccProfile = Pictures.MakeIccProfile(gray: false, 300);
        byte[] file = Pictures.Encode(photo, ImageFormat.Jpeg), gainMap = Pictures.Encode(Pictures.Make(16, 12, 1, 8), ImageFormat.Jpeg);
        byte[] exif = [.. "Exif\0\0"u8, .. Exif.WithText(PhoneExif.Build(Width, Height, orientation), Exif.DescriptionTag, "A hopper")];
        byte[] xmp = [.. "http://ns.adobe.com/xap/1.0/\0"u8, .. Encoding.UTF8.GetBytes(Packet)];
        return [.. file[..2], .. Segment(exif), .. Segment(xmp), .. file[2..], .. gainMap];
    }

    static byte[] Segment(byte[] data) => [0xFF, 0xE1, (byte)((data.Length + 2) >> 8), (byte)(data.Length + 2), .. data];

    // What a new size changes, by tag.
    static readonly Dictionary<string, string> s_updated = new()
    {
        ["ImageWidth"] = "256",
        ["ImageHeight"] = "192",
        ["ExifImageWidth"] = "256",
        ["ExifImageHeight"] = "192",
        ["FullPanoWidthPixels"] = "512",
        ["FullPanoHeightPixels"] = "256",
        ["CroppedAreaImageWidthPixels"] = "256",
        ["CroppedAreaImageHeightPixels"] = "192",
        ["CroppedAreaLeftPixels"] = "128",
        ["CroppedAreaTopPixels"] = "32",
        ["SubjectArea"] = "40 24 16 8",
        ["FocalPlaneXResolution"] = "4000",
        ["FocalPlaneYResolution"] = "4000",
    };

    static string? Named(string tag) => tag.Split(':')[0] switch
    {
        "IFD1" => "thumbnail",
        "XMP-hdrgm" or "XMP-GContainer" or "XMP-Container" => "gain map",
        _ => null,
    };

    [Theory, InlineData("jpg"), InlineData("png"), InlineData("tif")]
    public void Every_tag_is_kept_or_updated_or_named(string extension)
    {
        if (!ExifTool.IsThere) Assert.Skip("exiftool is not installed");
        string source = Path.Combine(_folder, "phone.jpg"), result = Path.Combine(_folder, "result." + extension);
        File.WriteAllBytes(source, Phone(1));
        Image large = Resizer.Resize(Image.Load(source), Width * Scale, Height * Scale, ResizeFilter.Lanczos);
        large.Save(result);
        string warning = Assert.Single(large.Metadata.Warnings);
        Dictionary<string, string> before = ExifTool.Read(source), after = ExifTool.Read(result);
        List<string> wrong = [];
        foreach ((string tag, string value) in before)
        {
            string name = tag.Split(':')[1], expected = s_updated.GetValueOrDefault(name, value);
            bool same = after.TryGetValue(tag, out string? found) ? Same(found, expected)
                : after.Any(other => other.Key.Split(':')[1] == name && Same(other.Value, expected));
            // The container's own: where things stand, and a density that the source's JFIF header leaves open.
            bool own = name is "ThumbnailOffset" || tag.StartsWith("JFIF:", StringComparison.Ordinal)
                || (extension != "jpg" && name is "XResolution" or "YResolution" or "ResolutionUnit" or "Comment");
            if (!same && !own && !(Named(tag) is { } part && warning.Contains(part, StringComparison.Ordinal)))
                wrong.Add($"{tag}: {value}, expected {expected}, found {found ?? "nothing"}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong) + "\nafter:\n" + string.Join('\n', after.Select(t => $"{t.Key}: {t.Value}")));
        Assert.Equal("A hopper", after.First(t => t.Key.EndsWith(":ImageDescription", StringComparison.Ordinal)).Value);
        Assert.Contains(after, t => t.Value.Contains("a comment, größer", StringComparison.Ordinal));
    }

    static bool Same(string a, string b) =>
        a == b || (double.TryParse(a, out double x) && double.TryParse(b, out double y) && Math.Abs(x - y) < 1e-6);

    [Fact]
    public void A_turned_photograph_and_a_cut_one_are_read_without_a_complaint()
    {
        if (!ExifTool.IsThere) Assert.Skip("exiftool is not installed");
        string source = Path.Combine(_folder, "phone.jpg"), result = Path.Combine(_folder, "result.jpg");
        File.WriteAllBytes(source, Phone(6));
        Image upright = Image.Load(source);
        upright.Metadata = upright.Metadata.Cut(Height, Width, 0, 0, Height, Width);
        upright.Save(result);
        Dictionary<string, string> tags = ExifTool.Read(result);
        Assert.Equal("1", tags["IFD0:Orientation"]);
        Assert.DoesNotContain(tags, t => t.Key.StartsWith("IFD1:", StringComparison.Ordinal));
        Assert.Equal("48", tags["ExifIFD:ExifImageWidth"]);
    }
}
