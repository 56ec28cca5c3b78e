namespace PgpSr.Imaging;

/// <summary>Namespaces of XMP and the prefixes that are usual for them (ISO 16684-1; Google's and Adobe's schemas).</summary>
static class XmpNames
{
    public const string Rdf = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}", Meta = "{adobe:ns:meta/}", Tiff = "{http://ns.adobe.com/tiff/1.0/}",
        Exif = "{http://ns.adobe.com/exif/1.0/}", Basic = "{http://ns.adobe.com/xap/1.0/}", Note = "{http://ns.adobe.com/xmp/note/}",
        Panorama = "{http://ns.google.com/photos/1.0/panorama/}", GainMap = "{http://ns.adobe.com/hdr-gain-map/1.0/}",
        AppleGainMap = "{http://ns.apple.com/HDRGainMap/1.0/}", Container = "{http://ns.google.com/photos/1.0/container/}",
        Item = "{http://ns.google.com/photos/1.0/container/item/}", Camera = "{http://ns.google.com/photos/1.0/camera/}",
        Image = "{http://ns.google.com/photos/1.0/image/}", Depth = "{http://ns.google.com/photos/1.0/depthmap/}",
        Regions = "{http://www.metadataworkinggroup.com/schemas/regions/}", Dimensions = "{http://ns.adobe.com/xap/1.0/sType/Dimensions#}",
        Area = "{http://ns.adobe.com/xmp/sType/Area#}";

    /// <summary>For packets that use a prefix without declaring it.</summary>
    public static string? OfUsualPrefix(string prefix) => prefix switch
    {
        "rdf" => Rdf,
        "x" => Meta,
        "tiff" => Tiff,
        "exif" => Exif,
        "xmp" or "xap" => Basic,
        "xmpNote" => Note,
        "GPano" => Panorama,
        "hdrgm" => GainMap,
        "Container" or "GContainer" => Container,
        "Item" => Item,
        "GCamera" or "Camera" => Camera,
        _ => null,
    };
}
