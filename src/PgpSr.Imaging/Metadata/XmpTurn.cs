using System.Globalization;

namespace PgpSr.Imaging;

/// <summary>
/// Turns the places that an XMP packet names: regions (faces, focus; Metadata Working Group 2.0, 5.9) and the subject of the EXIF schema. Both are of the pixels
/// as they were stored. Some programs write regions of the picture as it is seen: the size that regions were applied to then has the sides the other way about.
/// </summary>
static class XmpTurn
{
    public static void Apply(XmpEditor editor, ImageOrientation orientation, int width, int height)
    {
        if (orientation == ImageOrientation.TopLeft) return;
        bool swaps = orientation >= ImageOrientation.LeftTop;
        bool flipsX = orientation is ImageOrientation.TopRight or ImageOrientation.BottomRight or ImageOrientation.RightBottom or ImageOrientation.LeftBottom;
        bool flipsY = orientation is ImageOrientation.BottomRight or ImageOrientation.BottomLeft or ImageOrientation.RightTop or ImageOrientation.RightBottom;
        bool regions = !(swaps && AreSeen(editor, width, height));
        for (int i = 0; i < editor.Tags.Count; i++)
        {
            if (editor.Tags[i].Kind == XmpTagKind.Close) continue;
            switch (editor.Tags[i].Name)
            {
                case XmpNames.Regions + "AppliedToDimensions" when regions && swaps:
                    Swap(editor, i, XmpNames.Dimensions + "w", XmpNames.Dimensions + "h");
                    break;
                case XmpNames.Regions + "Area" when regions:
                    if (swaps) Swap(editor, i, XmpNames.Area + "w", XmpNames.Area + "h");
                    Place(editor, i, XmpNames.Area + "x", XmpNames.Area + "y", x => flipsX ? 1 - x : x, y => flipsY ? 1 - y : y, swaps);
                    break;
                case XmpNames.Exif + "SubjectArea" or XmpNames.Exif + "SubjectLocation":
                    var values = editor.Values(i + 1, editor.Tags[i].Partner).Where(value => value.Name == XmpNames.Rdf + "li").ToArray();
                    if (values.Length >= 2) Place(editor, values[0], values[1], x => flipsX ? Math.Max(0, width - 1 - x) : x, y => flipsY ? Math.Max(0, height - 1 - y) : y, swaps);
                    if (values.Length >= 4 && swaps) Place(editor, values[2], values[3], w => w, h => h, swaps: true);
                    break;
            }
        }
    }

    static bool AreSeen(XmpEditor editor, int width, int height)
    {
        for (int i = 0; i < editor.Tags.Count; i++)
        {
            if (editor.Tags[i].Kind == XmpTagKind.Close || editor.Tags[i].Name != XmpNames.Regions + "AppliedToDimensions") continue;
            if (Find(editor, i, XmpNames.Dimensions + "w") is { } w && Find(editor, i, XmpNames.Dimensions + "h") is { } h)
                return width != height && Number(editor, w) is { } across && Number(editor, h) is { } down && across > down != width > height;
        }
        return false;
    }

    static void Swap(XmpEditor editor, int tag, string first, string second) => Place(editor, tag, first, second, x => x, y => y, swaps: true);

    static void Place(XmpEditor editor, int tag, string first, string second, Func<double, double> changeFirst, Func<double, double> changeSecond, bool swaps)
    {
        if (Find(editor, tag, first) is { } x && Find(editor, tag, second) is { } y) Place(editor, x, y, changeFirst, changeSecond, swaps);
    }

    static void Place(XmpEditor editor, (string, int, int) first, (string, int, int) second, Func<double, double> changeFirst, Func<double, double> changeSecond, bool swaps)
    {
        if (Number(editor, first) is not { } x || Number(editor, second) is not { } y) return;
        (x, y) = (changeFirst(x), changeSecond(y));
        if (swaps) (x, y) = (y, x);
        editor.ChangeNumber(first.Item2, first.Item3, _ => x);
        editor.ChangeNumber(second.Item2, second.Item3, _ => y);
    }

    static (string Name, int Start, int End)? Find(XmpEditor editor, int tag, string name)
    {
        foreach (var value in editor.Values(tag, Math.Max(tag, editor.Tags[tag].Partner)))
            if (value.Name == name) return value;
        return null;
    }

    static double? Number(XmpEditor editor, (string, int Start, int End) value) =>
        double.TryParse(editor.Text(value.Start, value.End), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;
}
