using System.Net;

namespace PgpSr.CommandLine;

/// <summary>What <c>pgpsr bench</c> found, as one file without anything loaded from elsewhere: tables and plots.</summary>
static class BenchPage
{
    /// <summary>Writes the page.</summary>
    /// <param name="machine">What was measured, a line each.</param>
    /// <param name="models">Rows under <paramref name="modelHead"/>.</param>
    /// <param name="modelHead">Names of columns.</param>
    /// <param name="kernels">Rows, the first the names of columns; may be empty.</param>
    /// <param name="figures">For the plots.</param>
    /// <param name="destination">UTF-8.</param>
    public static void Write(
        IReadOnlyList<string> machine, IReadOnlyList<string[]> models, string[] modelHead, IReadOnlyList<string[]> kernels,
        IReadOnlyList<ModelFigure> figures, TextWriter destination)
    {
        destination.Write("""
            <!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>pgpsr bench</title>
            <style>body{font:15px sans-serif;max-width:60em;margin:2em auto;padding:0 1em}table{border-collapse:collapse;margin:1em 0}
            td,th{padding:.3em .8em;border-bottom:1px solid #ccc;text-align:right}td:first-child,th:first-child{text-align:left}svg{max-width:100%;margin:1em 0}</style>
            <h1>pgpsr bench</h1>

            """);
        foreach (string line in machine) destination.Write($"<p>{WebUtility.HtmlEncode(line)}</p>\n");
        Table([modelHead, .. models], destination);
        destination.Write(Chart.Scatter("models", "billion multiply-adds of a picture", "seconds of a picture",
            [.. figures.Select(f => new ChartSeries(f.Model, [(f.Plan.MultiplyAdds * 1e-9, f.Median, $"{f.Model}: {f.Median:0.00} s")]))]));
        destination.Write(Chart.Scatter("memory", "megapixels of the result", "MB",
            [.. figures.Select(f => new ChartSeries(f.Model, [(f.Megapixels * f.Median, f.Plan.PeakBytes / 1048576.0, $"{f.Model}: {f.Plan.PeakBytes >> 20} MB")]))]));
        if (kernels.Count > 0) Table(kernels, destination);
        destination.Write("</html>\n");
    }

    static void Table(IReadOnlyList<string[]> rows, TextWriter destination)
    {
        destination.Write("<table>\n");
        for (int i = 0; i < rows.Count; i++)
        {
            string cell = i == 0 ? "th" : "td";
            destination.Write($"<tr>{string.Concat(rows[i].Select(text => $"<{cell}>{WebUtility.HtmlEncode(text)}</{cell}>"))}</tr>\n");
        }
        destination.Write("</table>\n");
    }
}
