using System.Globalization;
using System.Net;
using System.Text;

namespace PgpSr.CommandLine;

/// <summary>Points of one color.</summary>
/// <param name="Name">In the legend.</param>
/// <param name="Points">Each with what it is, shown where the pointer rests.</param>
sealed record ChartSeries(string Name, IReadOnlyList<(double X, double Y, string Text)> Points);

/// <summary>Plots as SVG, without a library: points on two logarithmic axes, and bars beside a line at 1.</summary>
static class Chart
{
    const int Width = 760, Left = 80, Right = 20, Top = 40, Bottom = 50, PlotHeight = 330, BarHeight = 14, LabelWidth = 260;

    static readonly string[] s_colors = ["#0b66c3", "#d1570a", "#1a8f5a", "#8a3fb0", "#a38a00", "#b8324f"];

    /// <summary>Points, logarithmic both ways; lines (a roof) join two points or more.</summary>
    public static string Scatter(string title, string xName, string yName, IReadOnlyList<ChartSeries> series, IReadOnlyList<ChartSeries>? lines = null)
    {
        (double X, double Y, string Text)[] all = [.. series.Concat(lines ?? []).SelectMany(s => s.Points).Where(p => p.X > 0 && p.Y > 0)];
        if (all.Length == 0) return "";
        (double Low, double High) xs = Decades(all.Select(p => p.X)), ys = Decades(all.Select(p => p.Y));
        double X(double value) => Left + (Math.Log10(value) - xs.Low) / (xs.High - xs.Low) * (Width - Left - Right);
        double Y(double value) => Top + PlotHeight - (Math.Log10(value) - ys.Low) / (ys.High - ys.Low) * PlotHeight;
        StringBuilder svg = Begin(title, Top + PlotHeight + Bottom + 18 * (1 + (series.Count - 1) / 3));
        for (double d = xs.Low; d <= xs.High; d++) Tick(svg, X(Math.Pow(10, d)), Top, X(Math.Pow(10, d)), Top + PlotHeight, Power(d), X(Math.Pow(10, d)), Top + PlotHeight + 16, "middle");
        for (double d = ys.Low; d <= ys.High; d++) Tick(svg, Left, Y(Math.Pow(10, d)), Width - Right, Y(Math.Pow(10, d)), Power(d), Left - 6, Y(Math.Pow(10, d)) + 4, "end");
        Text(svg, (Left + Width - Right) / 2.0, Top + PlotHeight + 36, xName, "middle");
        Line(svg, $"""<text x="16" y="{Top + PlotHeight / 2}" text-anchor="middle" transform="rotate(-90 16 {Top + PlotHeight / 2})">{WebUtility.HtmlEncode(yName)}</text>""");
        foreach (ChartSeries line in lines ?? [])
            Line(svg, $"""<polyline fill="none" stroke="#888" stroke-dasharray="5 3" points="{string.Join(' ', line.Points.Select(p => Invariant($"{X(p.X):0.0},{Y(p.Y):0.0}")))}"><title>{WebUtility.HtmlEncode(line.Name)}</title></polyline>""");
        for (int i = 0; i < series.Count; i++)
        {
            string color = s_colors[i % s_colors.Length];
            foreach (var (x, y, text) in series[i].Points.Where(p => p.X > 0 && p.Y > 0))
                Line(svg, $"""<circle cx="{X(x):0.0}" cy="{Y(y):0.0}" r="4" fill="{color}"><title>{WebUtility.HtmlEncode(text)}</title></circle>""");
            Legend(svg, Left + i % 3 * 220, Top + PlotHeight + Bottom + i / 3 * 18, color, series[i].Name);
        }
        return End(svg);
    }

    /// <summary>A bar for each value of each label, from 0, with a line at 1.</summary>
    public static string Bars(string title, IReadOnlyList<(string Label, IReadOnlyList<(string Series, double Value)> Values)> rows)
    {
        string[] names = [.. rows.SelectMany(r => r.Values).Select(v => v.Series).Distinct()];
        double[] finite = [.. rows.SelectMany(r => r.Values).Select(v => v.Value).Where(double.IsFinite)];
        if (finite.Length == 0) return "";
        double largest = Math.Max(1.2, finite.Max()), scale = (Width - LabelWidth - 60) / largest;
        int height = rows.Sum(r => r.Values.Count * BarHeight + 8);
        StringBuilder svg = Begin(title, Top + height + 40);
        double y = Top;
        foreach (var (label, values) in rows)
        {
            Text(svg, LabelWidth - 6, y + values.Count * BarHeight / 2.0 + 4, label, "end");
            foreach (var (name, value) in values)
            {
                Line(svg, $"""<rect x="{LabelWidth}" y="{y:0.0}" width="{value * scale:0.0}" height="{BarHeight - 2}" fill="{s_colors[Array.IndexOf(names, name) % s_colors.Length]}"/>""");
                Text(svg, LabelWidth + value * scale + 4, y + BarHeight - 4, value.ToString("0.00", CultureInfo.InvariantCulture), "start");
                y += BarHeight;
            }
            y += 8;
        }
        Line(svg, $"""<line x1="{LabelWidth + scale:0.0}" y1="{Top - 4}" x2="{LabelWidth + scale:0.0}" y2="{Top + height}" stroke="#333" stroke-dasharray="4 3"/>""");
        for (int i = 0; i < names.Length; i++) Legend(svg, LabelWidth + i * 150, Top + height + 18, s_colors[i % s_colors.Length], names[i]);
        return End(svg);
    }

    static (double Low, double High) Decades(IEnumerable<double> numbers)
    {
        double[] values = [.. numbers];
        double low = Math.Floor(Math.Log10(values.Min())), high = Math.Ceiling(Math.Log10(values.Max()));
        return (low, Math.Max(high, low + 1));
    }

    static string Power(double decade) => decade is >= -3 and <= 4 ? Math.Pow(10, decade).ToString("G4", CultureInfo.InvariantCulture) : Invariant($"1e{decade:0}");

    static StringBuilder Begin(string title, int height)
    {
        var svg = new StringBuilder();
        Line(svg, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" font-family="sans-serif" font-size="12">""");
        Line(svg, $"""<rect width="{Width}" height="{height}" fill="#fff"/>""");
        Line(svg, $"""<text x="{Width / 2}" y="22" text-anchor="middle" font-size="15">{WebUtility.HtmlEncode(title)}</text>""");
        return svg;
    }

    static string End(StringBuilder svg) => svg.Append("</svg>\n").ToString();

    static void Tick(StringBuilder svg, double x1, double y1, double x2, double y2, string label, double x, double y, string anchor)
    {
        Line(svg, $"""<line x1="{x1:0.0}" y1="{y1:0.0}" x2="{x2:0.0}" y2="{y2:0.0}" stroke="#ddd"/>""");
        Text(svg, x, y, label, anchor);
    }

    static void Text(StringBuilder svg, double x, double y, string text, string anchor) =>
        Line(svg, $"""<text x="{x:0.0}" y="{y:0.0}" text-anchor="{anchor}">{WebUtility.HtmlEncode(text)}</text>""");

    static void Legend(StringBuilder svg, int x, int y, string color, string name)
    {
        Line(svg, $"""<rect x="{x}" y="{y}" width="10" height="10" fill="{color}"/>""");
        Text(svg, x + 14, y + 9, name, "start");
    }

    static void Line(StringBuilder svg, FormattableString text) => svg.Append(Invariant(text)).Append('\n');

    static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
