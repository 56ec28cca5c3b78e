using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace PgpSr.Pruning;

/// <summary>A named series of a plot.</summary>
sealed record Curve(string Name, UnetPart Part, ImmutableArray<double> Values);

/// <summary>Lines over timesteps as SVG. Hovering over a line shows its name.</summary>
static class Curves
{
    const int Width = 640, Height = 320, Left = 52, Right = 150, Top = 28, Bottom = 36;

    // More lines than this get no legend: their names would not fit beside the plot, hovering still tells them.
    const int MaxLegend = 18;

    // Below it there is nothing to see, and a number of the smallest sizes cannot be divided into an axis.
    const double Flat = 1e-12;

    public static void Draw(TextWriter destination, string title, ImmutableArray<double> timesteps, ImmutableArray<Curve> curves)
    {
        double highest = curves.SelectMany(c => c.Values).DefaultIfEmpty(0).Max(), step = NiceStep(highest),
            top = Math.Max(step, Math.Ceiling(highest / step) * step);
        var svg = new StringBuilder();
        Append(svg, $"<svg width=\"{Width}\" height=\"{Height}\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" ");
        Append(svg, $"aria-label=\"{HtmlReport.Escape(title)} over timesteps\">\n");
        Append(svg, $"<text class=\"title\" x=\"{Left}\" y=\"16\">{HtmlReport.Escape(title)}</text>\n");
        for (double value = 0; value <= top + step / 2; value += step)
        {
            Append(svg, $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(value, top):0.#}\" y2=\"{Y(value, top):0.#}\" stroke=\"#ddd\"/>");
            Append(svg, $"<text x=\"{Left - 6}\" y=\"{Y(value, top) + 4:0.#}\" text-anchor=\"end\">{value:0.######}</text>\n");
        }
        int every = Math.Max(1, (timesteps.Length + 9) / 10);
        for (int i = 0; i < timesteps.Length; i += every)
            Append(svg, $"<text x=\"{X(i, timesteps.Length):0.#}\" y=\"{Height - Bottom + 16}\" text-anchor=\"middle\">{timesteps[i]:0}</text>\n");
        Append(svg, $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 4}\" text-anchor=\"middle\">timestep, as sampled</text>\n");
        for (int i = 0; i < curves.Length; i++) Line(svg, curves, i, timesteps.Length, top);
        svg.Append("</svg>\n");
        destination.Write(svg);
    }

    static void Line(StringBuilder svg, ImmutableArray<Curve> curves, int index, int count, double top)
    {
        var curve = curves[index];
        string color = Color(curves, index);
        if (curve.Values.Length > 0)
        {
            svg.Append("<polyline fill=\"none\" stroke-width=\"1.8\" stroke=\"").Append(color).Append("\" points=\"");
            for (int i = 0; i < curve.Values.Length; i++) Append(svg, $"{X(i, count):0.#},{Y(curve.Values[i], top):0.##} ");
            svg.Append("\"><title>").Append(HtmlReport.Escape(curve.Name)).Append("</title></polyline>\n");
        }
        if (curves.Length > MaxLegend) return;
        int y = Top + 6 + 15 * index, x = Width - Right + 10;
        Append(svg, $"<line x1=\"{x}\" x2=\"{x + 14}\" y1=\"{y - 4}\" y2=\"{y - 4}\" stroke-width=\"3\" stroke=\"{color}\"/>");
        Append(svg, $"<text x=\"{x + 18}\" y=\"{y}\">{HtmlReport.Escape(Short(curve.Name))}</text>\n");
    }

    // Encoder blue, bottleneck purple, decoder red, light to dark in the order of running.
    static string Color(ImmutableArray<Curve> curves, int index)
    {
        var part = curves[index].Part;
        int rank = curves.Take(index).Count(c => c.Part == part), count = curves.Count(c => c.Part == part);
        int hue = part switch
        {
            UnetPart.Encoder => 210,
            UnetPart.Bottleneck => 280,
            _ => 10,
        };
        return string.Create(CultureInfo.InvariantCulture,
            $"hsl({hue + 30 * rank / Math.Max(1, count)},70%,{(count == 1 ? 45 : 65 - 35 * rank / (count - 1))}%)");
    }

    internal static string Short(string path) =>
        path.Replace("transformer_blocks.", "", StringComparison.Ordinal).Replace("attentions.", "",
        StringComparison.Ordinal).Replace("_blocks", "", StringComparison.Ordinal);

    static double X(int i, int count) => Left + (Width - Right - Left) * (count < 2 ? 0.5 : (double)i / (count - 1));

    static double Y(double value, double top) => Height - Bottom - (Height - Bottom - Top) * value / top;

    // 1, 2 or 5 times a power of ten, about five lines.
    static double NiceStep(double highest)
    {
        if (!(highest > Flat)) return 1;
        double rough = highest / 5, power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return power * ((rough / power) switch
        {
            <= 1 => 1,
            <= 2 => 2,
            <= 5 => 5,
            _ => 10,
        });
    }

    static void Append(StringBuilder svg, FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture));
}
