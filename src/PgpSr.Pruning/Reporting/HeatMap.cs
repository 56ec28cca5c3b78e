using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace PgpSr.Pruning;

/// <summary>Blocks as colored cells, a row a stack, as SVG. Hovering over a cell shows its name and number.</summary>
static class HeatMap
{
    const int Cell = 44, RowHeight = 24, Left = 120, Top = 28;

    public static void Draw(TextWriter destination, string title, ImmutableArray<BlockScore> blocks, Func<BlockScore,
        double> value, Func<BlockScore, bool> framed)
    {
        var rows = blocks.GroupBy(block => block.Path.Split(".transformer_blocks")[0], StringComparer.Ordinal).ToArray();
        double highest = Math.Max(blocks.Max(value), double.Epsilon);
        int width = Left + Cell * rows.Max(row => row.Count()) + 8, height = Top + RowHeight * rows.Length + 8;
        var svg = new StringBuilder();
        Append(svg, $"<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" ");
        Append(svg, $"aria-label=\"{HtmlReport.Escape(title)} of blocks\">\n");
        Append(svg, $"<text class=\"title\" x=\"0\" y=\"16\">{HtmlReport.Escape(title)}</text>\n");
        for (int row = 0; row < rows.Length; row++)
        {
            int y = Top + RowHeight * row, x = Left;
            Append(svg, $"<text x=\"{Left - 8}\" y=\"{y + 16}\" text-anchor=\"end\">{HtmlReport.Escape(Curves.Short(rows[row].Key))}</text>\n");
            foreach (var block in rows[row])
            {
                double number = value(block), share = Math.Clamp(number / highest, 0, 1);
                // White to dark blue; the number turns white where the cell is dark.
                string frame = framed(block) ? "stroke=\"#c00\" stroke-width=\"2\"" : "stroke=\"#fff\"";
                Append(svg, $"<g><title>{HtmlReport.Escape(block.Path)}: {number:0.######}</title>");
                Append(svg, $"<rect x=\"{x + 1}\" y=\"{y + 1}\" width=\"{Cell - 2}\" height=\"{RowHeight - 2}\" ");
                Append(svg, $"fill=\"hsl(215,70%,{95 - 65 * share:0.#}%)\" {frame}/>");
                Append(svg, $"<text x=\"{x + Cell / 2}\" y=\"{y + 16}\" text-anchor=\"middle\" style=\"fill:{(share > 0.5 ? "#fff" : "#333")}\">");
                Append(svg, $"{Number(number)}</text></g>\n");
                x += Cell;
            }
        }
        svg.Append("</svg>\n");
        destination.Write(svg);
    }

    static string Number(double number) => number.ToString(number is 0 or >= 0.01 ? "0.00" : "0.0e0", CultureInfo.InvariantCulture);

    static void Append(StringBuilder svg, FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture));
}
