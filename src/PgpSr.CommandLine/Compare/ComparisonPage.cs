using System.Net;

namespace PgpSr.CommandLine.Compare;

/// <summary>A before/after slider as one file: pictures inlined, nothing loaded from elsewhere (its content security policy forbids it).</summary>
static class ComparisonPage
{
    /// <summary>Writes the page.</summary>
    /// <param name="pictures">At least two; the first is "before", the last "after" until the reader chooses others.</param>
    /// <param name="width">Columns of the largest picture.</param>
    /// <param name="height">Rows of the largest picture.</param>
    /// <param name="destination">UTF-8.</param>
    public static void Write(IReadOnlyList<PagePicture> pictures, int width, int height, TextWriter destination)
    {
        destination.Write($$"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            {{PictureViewer.Policy}}
            <title>{{string.Join(" | ", pictures.Select(picture => WebUtility.HtmlEncode(picture.Label)))}}</title>
            <style>
            body { margin: 0; background: #222; color: #ddd; font: 15px/1.6 sans-serif; }
            {{PictureViewer.Style}}
            </style>
            </head>
            <body>

            """);
        PictureViewer.Write(pictures, width, height, destination);
        destination.Write($"{PictureViewer.Script}\n</body>\n</html>\n");
    }
}
