using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace PgpSr.Pruning;

/// <summary>
/// A report as one self-contained page: curves over timesteps, a heat map of blocks, and every number in a table below. Drawn as SVG by ourselves:
/// plotting packages for .NET draw through native libraries, which this library does not have.
/// </summary>
static class HtmlReport
{
    /// <summary>Writes the page.</summary>
    /// <param name="report">What was measured.</param>
    /// <param name="destination">UTF-8.</param>
    /// <param name="tauCos">Drawn into the heat map as the border between blocks that would stay and go.</param>
    public static void Write(PruningReport report, TextWriter destination, double tauCos = 0.2)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(destination);
        destination.Write(Head(report));
        Facts(report, destination);
        if (report.Stages.Any(stage => stage.PhiCos.Length > 1))
        {
            Heading(destination, "Levels: change from one evaluation to the next",
                "Features of each level against those of the evaluation before, at the level's output. "
                + "Encoder and bottleneck near zero: the coarse stage loses little.");
            destination.Write("<div class=\"row\">");
            var timesteps = report.Run.Timesteps.Skip(1).ToImmutableArray();
            Curves.Draw(destination, "Phi_cos", timesteps, [.. report.Stages.Select(s => new Curve(s.Path, s.Part, s.PhiCos))]);
            Curves.Draw(destination, "Psi_KL", timesteps, [.. report.Stages.Select(s => new Curve(s.Path, s.Part, s.PsiKl))]);
            destination.Write("</div>\n");
        }
        if (!report.Blocks.IsEmpty)
        {
            string border = string.Create(
                CultureInfo.InvariantCulture, $"Framed cells reach Phi_cos {tauCos:0.###}: in the decoder the fine stage keeps them.");
            Heading(destination, "Transformer blocks: how much each changes its input",
                $"Mean over pictures and timesteps; a row is a stack, a cell a block. {border}");
            destination.Write("<div class=\"row\">");
            HeatMap.Draw(destination, "Phi_cos", report.Blocks, block => block.MeanPhiCos, block => block.MeanPhiCos >= tauCos);
            HeatMap.Draw(destination, "Psi_KL", report.Blocks, block => block.MeanPsiKl, _ => false);
            if (report.Blocks.All(block => block.SkipError is not null))
                HeatMap.Draw(destination, "error without it", report.Blocks, block => block.SkipError!.Value, _ => false);
            destination.Write("</div>\n");
            if (report.Run.Timesteps.Length > 1)
            {
                Heading(destination, "Transformer blocks over timesteps",
                    "The same per timestep: a block that matters only early or late shows here.");
                destination.Write("<div class=\"row\">");
                Curves.Draw(destination, "Phi_cos", report.Run.Timesteps, [.. report.Blocks.Select(b => new Curve(b.Path, b.Part, b.PhiCos))]);
                Curves.Draw(destination, "Psi_KL", report.Run.Timesteps, [.. report.Blocks.Select(b => new Curve(b.Path, b.Part, b.PsiKl))]);
                destination.Write("</div>\n");
            }
            Table(report, destination, tauCos);
        }
        destination.Write("</body>\n</html>\n");
    }

    static void Facts(PruningReport report, TextWriter destination)
    {
        var (model, run) = (report.Model, report.Run);
        (string pictures, string steps) = (report.Pictures.Length == 1 ? "picture" : "pictures", run.Steps == 1 ? "step" : "steps");
        string text = string.Create(CultureInfo.InvariantCulture, $"""
            {model.Parameters:N0} parameters, {model.Bytes / 1e6:N1} MB; {report.Pictures.Length} {pictures} ({Sizes(report)});
            {run.Solver}, {run.Steps} {steps}, start {run.Start}, prompt {run.Prompt}, guidance {run.Guidance}, seed {run.Seed};
            softmax over {run.SoftmaxAxis.ToString().ToLowerInvariant()}; {run.Backend}.
            """);
        destination.Write($"<h1>{Escape(model.Name)}</h1>\n<p>{Escape(text)}</p>\n");
        foreach (var file in model.Files) destination.Write($"<p class=\"note\">{Escape(file.Name)} SHA-256 {Escape(file.Sha256)}</p>\n");
    }

    static string Sizes(PruningReport report) =>
        string.Join(", ", report.Pictures.Select(p => FormattableString.Invariant($"{p.Width}x{p.Height}")).Distinct());

    static void Heading(TextWriter destination, string title, string note) =>
        destination.Write($"<h2>{Escape(title)}</h2>\n<p class=\"note\">{Escape(note)}</p>\n");

    static void Table(PruningReport report, TextWriter destination, double tauCos)
    {
        bool skips = report.Blocks.Any(block => block.SkipError is not null);
        destination.Write("<h2>Numbers</h2>\n<table><tr><th>block</th><th>part</th><th>Phi_cos</th><th>Psi_KL</th>");
        destination.Write(skips ? "<th>error without it</th></tr>\n" : "</tr>\n");
        foreach (var block in report.Blocks)
        {
            destination.Write(block.MeanPhiCos >= tauCos ? "<tr class=\"keep\">" : "<tr>");
            destination.Write($"<td>{Escape(block.Path)}</td><td>{block.Part.ToString().ToLowerInvariant()}</td>");
            destination.Write(string.Create(CultureInfo.InvariantCulture, $"<td>{block.MeanPhiCos:0.0000}</td><td>{block.MeanPsiKl:0.0000}</td>"));
            if (skips) destination.Write(string.Create(CultureInfo.InvariantCulture, $"<td>{block.SkipError:0.0000}</td>"));
            destination.Write("</tr>\n");
        }
        destination.Write("</table>\n");
    }

    internal static string Escape(string text) => WebUtility.HtmlEncode(text);

    static string Head(PruningReport report) => $$"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>{{Escape(report.Model.Name)}}: what its blocks do</title>
        <style>
        body { font: 15px/1.5 sans-serif; margin: 1.5em auto; max-width: 1500px; padding: 0 1em; color: #222; background: #fff; }
        .note { color: #666; margin: .2em 0 .8em; overflow-wrap: anywhere; }
        .row { display: flex; flex-wrap: wrap; gap: 1.5em; }
        svg text { font: 11px sans-serif; fill: #444; }
        svg .title { font-size: 13px; font-weight: bold; }
        table { border-collapse: collapse; }
        td, th { padding: .1em .8em; text-align: left; font-variant-numeric: tabular-nums; }
        tr.keep td { background: #eaf3ea; }
        </style>
        </head>
        <body>

        """;
}
