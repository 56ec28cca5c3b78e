using System.Globalization;
using System.Text;

namespace PgpSr.Training;

/// <summary>A run's log as an SVG picture: gain over bicubic enlargement on validation (solid) and loss (thin, own scale), over steps.</summary>
static class LogPlot
{
    const int Width = 800, Height = 400, Left = 60, Right = 60, Top = 20, Bottom = 40;

    /// <summary>Draws one log.</summary>
    /// <param name="csv">Written by <see cref="TrainingLog"/>.</param>
    /// <param name="path">An SVG file.</param>
    public static void Write(string csv, string path)
    {
        double[][] rows = [.. File.ReadLines(csv).Skip(1).Select(line => line.Split(',').Select(Number).ToArray())];
        double steps = rows.Max(row => row[0]);
        double[][] scored = [.. rows.Where(row => double.IsFinite(row[6]))];
        (double X, double Y)[] clean = [.. scored.Select(row => (row[0], row[6] - row[7]))], degraded = [.. scored.Select(row => (row[0], row[8] - row[9]))];
        (double X, double Y)[] loss = [.. rows.Select(row => (row[0], row[2]))];
        double[] gains = [0, .. clean.Concat(degraded).Select(p => p.Y)];
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>");
        double low = Math.Floor(gains.Min() * 5) / 5, high = Math.Max(low + 0.2, Math.Ceiling(gains.Max() * 5) / 5);
        for (double gain = low; gain <= high + 1e-9; gain += (high - low) / 5)
        {
            double y = At(gain, low, high);
            svg.AppendLine(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y:F1}\" y2=\"{y:F1}\" stroke=\"#ddd\"/>");
            svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{Left - 6}\" y=\"{y + 4:F1}\" text-anchor=\"end\">{gain:+0.0;-0.0;0} dB</text>");
        }
        Line(svg, loss, steps, 0.9 * loss.Min(p => p.Y), loss.Max(p => p.Y), "#bbb", 1);
        Line(svg, clean, steps, low, high, "#0055aa", 2);
        Line(svg, degraded, steps, low, high, "#cc4400", 2);
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"{Height - 12}\">step 0 to {steps}: gain on clean (blue) and degraded (orange) validation pairs; loss (gray)</text>");
        svg.AppendLine("</svg>");
        File.WriteAllText(path, svg.ToString());
    }

    static void Line(StringBuilder svg, (double X, double Y)[] points, double steps, double low, double high, string color, int width)
    {
        string path = string.Join(' ', points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{Left + (Width - Left - Right) * p.X / steps:F1},{At(p.Y, low, high):F1}")));
        svg.AppendLine(CultureInfo.InvariantCulture, $"<polyline points=\"{path}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"{width}\"/>");
    }

    static double At(double value, double low, double high) => Height - Bottom - (Height - Top - Bottom) * (value - low) / Math.Max(1e-12, high - low);

    static double Number(string text) => text.Length == 0 ? double.NaN : double.Parse(text, CultureInfo.InvariantCulture);
}
