namespace PgpSr.Testing;

/// <summary>
/// Whether tile borders can be seen: mean squared difference of neighboring samples across the borders, divided by that across lines nearby. 1 means
/// that borders are like any other line; a visible seam gives several times that.
/// </summary>
public static class SeamMetric
{
    // Lines this far from a border are compared with it: beyond what a seam's own slope covers, near enough to show the same things. Far is in
    // periods.
    const int Near = 2, Far = 8;

    /// <summary>The measure for one plane.</summary>
    /// <param name="plane">[height, width].</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="columnBorders">Columns b between b - 1 and b of which a tile begins or ends.</param>
    /// <param name="rowBorders">Rows likewise.</param>
    /// <param name="period">
    /// Only lines at multiples of this distance are compared. Models that make blocks of pixels at once give lines between blocks more or less energy
    /// than lines inside them, all over the picture; where borders lie between blocks, the block's side compares like with like.
    /// </param>
    public static double Measure(ReadOnlySpan<float> plane, int width, int height, IReadOnlyList<int> columnBorders, IReadOnlyList<int> rowBorders,
        int period = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(period);
        ArgumentNullException.ThrowIfNull(columnBorders);
        ArgumentNullException.ThrowIfNull(rowBorders);
        ArgumentOutOfRangeException.ThrowIfNotEqual(plane.Length, (long)width * height, nameof(plane));
        double border = 0, around = 0;
        Gather(plane, width, height, 1, width, columnBorders, period, ref border, ref around);
        Gather(plane, height, width, width, 1, rowBorders, period, ref border, ref around);
        return around > 0 ? border / around : border > 0 ? double.PositiveInfinity : 1;
    }

    /// <summary>
    /// The measure of a tiled result divided by that of the same picture made without tiles (or of the upscaled input): what the picture's own edges
    /// contribute on these lines cancels.
    /// </summary>
    public static double Measure(
        ReadOnlySpan<float> plane, ReadOnlySpan<float> untiled, int width, int height, IReadOnlyList<int> columnBorders,
            IReadOnlyList<int> rowBorders, int period = 1) =>
        Measure(plane, width, height, columnBorders, rowBorders, period) / Measure(untiled, width, height, columnBorders, rowBorders, period);

    static void Gather(ReadOnlySpan<float> plane, int lines, int lineLength, int lineStep, int sampleStep, IReadOnlyList<int> borders, int period,
        ref double border, ref double around)
    {
        bool[] isBorder = new bool[lines + 1];
        foreach (int b in borders) isBorder[b] = true;
        foreach (int b in borders)
        {
            double near = 0;
            int count = 0;
            for (int offset = -Far * period; offset <= Far * period; offset += period)
                if (Math.Abs(offset) >= Near && b + offset is var line && line > 0 && line < lines && !isBorder[line])
                {
                    near += Energy(plane, line, lineLength, lineStep, sampleStep);
                    count++;
                }
            if (count == 0) continue;
            border += Energy(plane, b, lineLength, lineStep, sampleStep);
            around += near / count;
        }
    }

    static double Energy(ReadOnlySpan<float> plane, int line, int lineLength, int lineStep, int sampleStep)
    {
        double sum = 0;
        int at = line * lineStep;
        for (int i = 0; i < lineLength; i++, at += sampleStep)
        {
            double difference = plane[at] - plane[at - lineStep];
            sum += difference * difference;
        }
        return sum;
    }
}
