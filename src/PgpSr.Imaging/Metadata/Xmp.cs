namespace PgpSr.Imaging;

/// <summary>Makes XMP packets (ISO 16684-1) true again for a picture that was turned, resized or cut.</summary>
static class Xmp
{
    /// <summary>A copy whose <c>tiff:Orientation</c> is 1 and whose places are turned: the packet of a picture whose pixels were turned upright.</summary>
    /// <param name="xmp">The packet.</param>
    /// <param name="orientation">How the pixels were stored.</param>
    /// <param name="width">Columns as stored.</param>
    /// <param name="height">Rows as stored.</param>
    public static byte[] Upright(byte[] xmp, ImageOrientation orientation, int width, int height)
    {
        XmpEditor editor = new(xmp);
        foreach ((string name, int start, int end) in editor.Values())
            if (name == XmpNames.Tiff + "Orientation") editor.ChangeNumber(start, end, value => value is >= 1 and <= 8 ? 1 : value);
        XmpTurn.Apply(editor, orientation, width, height);
        return editor.Result();
    }

    /// <summary>A copy whose sizes in the TIFF and EXIF schemas, where it has them, are these.</summary>
    public static byte[] WithSize(byte[] xmp, int width, int height)
    {
        XmpEditor editor = new(xmp);
        foreach ((string name, int start, int end) in editor.Values())
            if (name is XmpNames.Tiff + "ImageWidth" or XmpNames.Exif + "PixelXDimension") editor.ChangeNumber(start, end, _ => width);
            else if (name is XmpNames.Tiff + "ImageLength" or XmpNames.Exif + "PixelYDimension") editor.ChangeNumber(start, end, _ => height);
        return editor.Result();
    }

    /// <summary>A copy whose numbers that count pixels follow; thumbnails are left out where something is cut off.</summary>
    /// <param name="xmp">The packet.</param>
    /// <param name="map">Where the pixels went.</param>
    /// <param name="lost">Told by name what was left out.</param>
    public static byte[] Mapped(byte[] xmp, PixelMap map, Action<string> lost)
    {
        XmpEditor editor = new(xmp);
        foreach ((string name, int start, int end) in editor.Values())
            if (Follow(name, map) is { } change) editor.ChangeNumber(start, end, change);
        for (int i = 0; i < editor.Tags.Count; i++)
            if (editor.Tags[i].Kind != XmpTagKind.Close && MapElement(editor, i, map, lost)) i = editor.Tags[i].Partner;
        return editor.Result();
    }

    static Func<double, double>? Follow(string name, PixelMap map) => name switch
    {
        XmpNames.Tiff + "ImageWidth" or XmpNames.Exif + "PixelXDimension" => _ => map.Width,
        XmpNames.Tiff + "ImageLength" or XmpNames.Exif + "PixelYDimension" => _ => map.Height,
        XmpNames.Panorama + "CroppedAreaImageWidthPixels" => _ => map.Width,
        XmpNames.Panorama + "CroppedAreaImageHeightPixels" => _ => map.Height,
        XmpNames.Panorama + "FullPanoWidthPixels" => value => Math.Round(value * map.ScaleX),
        XmpNames.Panorama + "FullPanoHeightPixels" => value => Math.Round(value * map.ScaleY),
        XmpNames.Panorama + "CroppedAreaLeftPixels" => value => Math.Round(value * map.ScaleX) + map.Left,
        XmpNames.Panorama + "CroppedAreaTopPixels" => value => Math.Round(value * map.ScaleY) + map.Top,
        XmpNames.Panorama + "LargestValidInteriorRectLeft" => value => Math.Max(0, Math.Round(map.X(value))),
        XmpNames.Panorama + "LargestValidInteriorRectTop" => value => Math.Max(0, Math.Round(map.Y(value))),
        XmpNames.Panorama + "LargestValidInteriorRectWidth" => value => Math.Min(map.Width, Math.Round(value * map.ScaleX)),
        XmpNames.Panorama + "LargestValidInteriorRectHeight" => value => Math.Min(map.Height, Math.Round(value * map.ScaleY)),
        // Regions are parts of the whole: only cutting moves them.
        XmpNames.Area + "x" when map.Cuts => map.RelativeX,
        XmpNames.Area + "y" when map.Cuts => map.RelativeY,
        XmpNames.Area + "w" when map.Cuts => value => value * map.SourceWidth / map.Width,
        XmpNames.Area + "h" when map.Cuts => value => value * map.SourceHeight / map.Height,
        _ => null,
    };

    // Answers whether the element was dealt with as a whole.
    static bool MapElement(XmpEditor editor, int tag, PixelMap map, Action<string> lost)
    {
        int last = editor.Tags[tag].Partner;
        switch (editor.Tags[tag].Name)
        {
            case XmpNames.Regions + "AppliedToDimensions":
                foreach ((string name, int start, int end) in editor.Values(tag, last))
                    if (name is XmpNames.Dimensions + "w" or XmpNames.Dimensions + "h")
                        editor.ChangeNumber(start, end, _ => name.EndsWith('w') ? map.Width : map.Height);
                return true;
            case XmpNames.Exif + "SubjectArea" or XmpNames.Exif + "SubjectLocation":
                int index = 0;
                foreach ((string name, int start, int end) in editor.Values(tag + 1, last))
                {
                    if (name != XmpNames.Rdf + "li") continue;
                    int place = index++;
                    editor.ChangeNumber(start, end, value => Math.Max(0, Math.Round(place switch
                    {
                        0 => map.X(value),
                        1 => map.Y(value),
                        3 => value * map.ScaleY,
                        _ => value * map.ScaleX,
                    })));
                }
                return true;
            case XmpNames.Basic + "Thumbnails" when map.Cuts:
                editor.RemoveElement(tag);
                lost("the XMP thumbnail, which shows what was cut away");
                return true;
            default:
                return false;
        }
    }

    /// <summary>
    /// A copy that announces no pictures or videos behind the first one (gain maps of Ultra HDR, motion photos), because they are not carried.
    /// </summary>
    /// <param name="xmp">The packet.</param>
    /// <param name="lost">Told by name what was announced.</param>
    public static byte[] WithoutCompanions(byte[] xmp, Action<string> lost)
    {
        XmpEditor editor = new(xmp);
        for (int i = 0; i < editor.Tags.Count; i++)
        {
            XmpTag tag = editor.Tags[i];
            if (tag.Kind == XmpTagKind.Close) continue;
            foreach (XmpAttribute attribute in tag.Attributes)
            {
                if (attribute.Name == XmpNames.Item + "Semantic" && Companion(editor.Text(attribute.ValueStart, attribute.ValueEnd)) is { } item)
                    lost(item);
                if (Announced(attribute.Name) is not { } name) continue;
                editor.RemoveAttribute(attribute);
                lost(name);
            }
            if (tag.Name == XmpNames.Container + "Directory")
            {
                editor.RemoveElement(i);
            }
            else if (Announced(tag.Name) is { } name)
            {
                editor.RemoveElement(i);
                lost(name);
            }
        }
        foreach ((string name, int start, int end) in editor.Values())
            if (name == XmpNames.Item + "Semantic" && Companion(editor.Text(start, end)) is { } item) lost(item);
        return editor.Result();
    }

    static string? Announced(string name) =>
        name.StartsWith(XmpNames.GainMap, StringComparison.Ordinal) || name.StartsWith(XmpNames.AppleGainMap, StringComparison.Ordinal)
            ? GainMap
            : name.StartsWith(XmpNames.Camera + "MotionPhoto", StringComparison.Ordinal)
                || name.StartsWith(XmpNames.Camera + "MicroVideo", StringComparison.Ordinal) ? Video : null;

    static string? Companion(string semantic) => semantic.Trim() switch
    {
        "Primary" => null,
        "GainMap" => GainMap,
        "MotionPhoto" => Video,
        "Depth" => "the depth map",
        _ => "a second picture",
    };

    public const string GainMap = "the gain map", Video = "the video of a motion photo";
}
