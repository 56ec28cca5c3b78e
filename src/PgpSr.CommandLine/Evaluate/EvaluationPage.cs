using System.Globalization;
using System.Net;
using PgpSr.CommandLine.Compare;

namespace PgpSr.CommandLine.Evaluate;

/// <summary>What <c>pgpsr evaluate</c> found, as one file without anything loaded from elsewhere: tables, and the telling pictures under a slider.</summary>
static class EvaluationPage
{
    /// <summary>Writes the page.</summary>
    /// <param name="sets">What was measured, and the pictures of each set to show.</param>
    /// <param name="destination">UTF-8.</param>
    public static void Write(IReadOnlyList<(SetResult Result, Extremes Pictures)> sets, TextWriter destination)
    {
        destination.Write($$"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            {{PictureViewer.Policy}}
            <title>pgpsr evaluate</title>
            <style>
            body { margin: 0 auto; max-width: 90em; padding: 0 1em; font: 15px/1.6 sans-serif; }
            .scroll { overflow-x: auto; }
            table { border-collapse: collapse; margin: 1em 0; }
            td, th { padding: .3em .6em; border-bottom: 1px solid #ccc; text-align: right; white-space: nowrap; }
            td:first-child, th:first-child { text-align: left; }
            {{PictureViewer.Style}}
            </style>
            </head>
            <body>
            <h1>pgpsr evaluate</h1>
            <p>PSNR and SSIM: nearness to the truth, higher is better. Phase error and NIQE: lower is better. Detail and edge width: best near the truth's.
            Reduced: how exactly the result shrinks back to its input.</p>

            """);
        foreach ((SetResult result, Extremes pictures) in sets)
        {
            destination.Write($"<h2>{Escape(result.Set)}</h2>\n<p>{Escape(EvaluationTable.Title(result))}</p>\n");
            Table(EvaluationTable.Rows(result), destination);
            destination.Write("<details><summary>every picture</summary>\n");
            Table(EvaluationTable.Each(result), destination);
            destination.Write("</details>\n");
            foreach ((string why, EvaluatedPicture picture) in pictures.Shown) Show(result, why, picture, destination);
        }
        destination.Write($"{PictureViewer.Script}\n</body>\n</html>\n");
    }

    static void Show(SetResult result, string why, EvaluatedPicture picture, TextWriter destination)
    {
        string gain = picture.Gain.ToString("+0.00;-0.00", CultureInfo.InvariantCulture);
        destination.Write($"<h3>{Escape(picture.Name)}: {why}, {gain} dB over bicubic interpolation</h3>\n");
        PictureViewer.Write(
            [
                PagePicture.Png("bicubic", Note(picture.Bicubic.Score), picture.Bicubic.Image),
                PagePicture.Png("truth", "what it should be", picture.Truth),
                .. picture.Enlarged.Select((enlarged, i) =>
                    PagePicture.Png(result.Candidates[i].Candidate.Name, Note(enlarged.Score), enlarged.Image)).Reverse(),
            ],
            picture.Truth.Width, picture.Truth.Height, destination);
    }

    static string Note(PictureScore score) => string.Create(CultureInfo.InvariantCulture, $"{score.Psnr:0.00} dB, SSIM {score.Ssim:0.0000}");

    static void Table(IReadOnlyList<IReadOnlyList<string>> rows, TextWriter destination)
    {
        destination.Write("<div class=\"scroll\"><table>\n");
        for (int i = 0; i < rows.Count; i++)
        {
            string cell = i == 0 ? "th" : "td";
            destination.Write($"<tr>{string.Concat(rows[i].Select(text => $"<{cell}>{Escape(text)}</{cell}>"))}</tr>\n");
        }
        destination.Write("</table></div>\n");
    }

    static string Escape(string text) => WebUtility.HtmlEncode(text);
}
