namespace PgpSr.Models;

/// <summary>
/// The deviation that a residual is expected to have at each place of a degraded picture: sqrt(d^2 + c^2 E), with d and c of the configuration
/// (<see cref="PgpConfig.ResidualDeviation"/>, <see cref="PgpConfig.ResidualContrast"/>) and E the mean over 5x5 pixels of the squared differences
/// between a pixel and
/// the mean of its 3x3 neighbourhood. A latent in these units has about unit variance everywhere: flat places do not have to be told from noise,
/// which they would
/// otherwise keep a grain of.
/// </summary>
public static class ResidualScale
{
    const int Channels = PgpConfig.ImageChannels;

    // What bicubic enlargement loses lies just above the degraded picture's finest detail, so that detail foretells it.
    const int DetailReach = 1;

    // As far as an enlarged pixel's errors spread.
    const int MeanReach = 2;

    /// <summary>Fills in the deviations of a picture's pixels. Windows end at the picture's edges.</summary>
    /// <param name="config">A model whose latent is a residual.</param>
    /// <param name="degraded">[height, width, 3] in [-1, 1].</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="deviations">[height, width].</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public static void Fill(PgpConfig config, ReadOnlySpan<float> degraded, int width, int height, Span<float> deviations)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (degraded.Length != (long)width * height * Channels)
            throw new ArgumentException($"{degraded.Length} values; expected {height}x{width}x{Channels}", nameof(degraded));
        if (deviations.Length != (long)width * height)
            throw new ArgumentException($"{deviations.Length} values; expected {height}x{width}", nameof(deviations));
        float flat = config.ResidualDeviation * config.ResidualDeviation, contrast = config.ResidualContrast * config.ResidualContrast;
        if (contrast == 0)
        {
            deviations.Fill(config.ResidualDeviation);
            return;
        }
        float[] squares = new float[deviations.Length];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                squares[y * width + x] = SquaredDetail(degraded, width, height, x, y);
        for (int y = 0; y < height; y++)
        {
            var (top, bottom) = Window(y, MeanReach, height);
            for (int x = 0; x < width; x++)
            {
                var (left, right) = Window(x, MeanReach, width);
                float sum = 0;
                for (int v = top; v < bottom; v++)
                    for (int u = left; u < right; u++)
                        sum += squares[v * width + u];
                deviations[y * width + x] = MathF.Sqrt(flat + contrast * sum / ((bottom - top) * (right - left)));
            }
        }
    }

    // Mean over the channels.
    static float SquaredDetail(ReadOnlySpan<float> degraded, int width, int height, int x, int y)
    {
        var (top, bottom) = Window(y, DetailReach, height);
        var (left, right) = Window(x, DetailReach, width);
        float count = (bottom - top) * (right - left), result = 0;
        for (int c = 0; c < Channels; c++)
        {
            float sum = 0;
            for (int v = top; v < bottom; v++)
                for (int u = left; u < right; u++)
                    sum += degraded[(v * width + u) * Channels + c];
            float detail = degraded[(y * width + x) * Channels + c] - sum / count;
            result += detail * detail / Channels;
        }
        return result;
    }

    static (int From, int To) Window(int at, int reach, int length) => (Math.Max(0, at - reach), Math.Min(length, at + reach + 1));
}
