using System.Numerics.Tensors;
using PgpSr.Imaging;

namespace PgpSr.Training;

/// <summary>
/// What pictures of the web and of old cameras went through, wider than <see cref="Degradation.SecondOrder"/>: blur of lenses and motion, two reductions,
/// sensor noise of several kinds, JPEG twice. Ranges are those of Real-ESRGAN (Wang et al. 2021, section 3) where it names them.
/// </summary>
static class WideDegradation
{
    const int Channels = PairSource.Channels;

    // Deviation of the strongest noise in levels of 255, and the coarsest JPEG: both are damage of 1.
    const double StrongestNoise = 25;
    const int CoarsestJpeg = 30, FinestJpeg = 95;

    // Of kernels: a blur of sigma 3 reaches 9 pixels.
    const double WidestBlur = 3;

    /// <summary>The picture degraded and reduced by <paramref name="scale"/>.</summary>
    /// <param name="picture">The true picture.</param>
    /// <param name="scale">How many times smaller the result is.</param>
    /// <param name="random">What decides.</param>
    /// <param name="undamaged">Also make the picture that is blurred and reduced alike, without noise and compression.</param>
    /// <returns>The picture, its damage from 0 to 1 (the worse of its noise and its JPEG compression; blur does not count), and the undamaged one or null.</returns>
    public static (Image Picture, double Damage, float[]? Undamaged) Run(Image picture, int scale, Random random, bool undamaged = false)
    {
        int width = picture.Width, height = picture.Height, endWidth = width / scale, endHeight = height / scale;
        // Most pictures are damaged a little: half of them by less than a quarter.
        double noise = Math.Pow(random.NextDouble(), 2), coarseness = Math.Pow(random.NextDouble(), 1.5), damage = 0;
        float[] x = Degradation.ToSingles(picture);
        if (random.NextDouble() < 0.85) x = Blur(x, width, height, WidestBlur, random);
        float[]? plain = undamaged ? [.. x] : null;

        // Between the two passes the picture is somewhere between its final size and the truth's.
        if (random.NextDouble() < 0.6)
        {
            double factor = Math.Exp(Degradation.Between(random, Math.Log(1.0 / scale), 0));
            int midWidth = Math.Max(endWidth, (int)Math.Round(width * factor)), midHeight = Math.Max(endHeight, (int)Math.Round(height * factor));
            var filter = Degradation.AnyFilter(random);
            x = Degradation.Resize(x, width, height, midWidth, midHeight, filter);
            if (plain is not null) plain = Degradation.Resize(plain, width, height, midWidth, midHeight, filter);
            (width, height) = (midWidth, midHeight);
            if (random.NextDouble() < 0.5) AddNoise(x, width, height, noise * StrongestNoise * random.NextDouble(), random);
            if (random.NextDouble() < 0.6) x = Degradation.ToSingles(Degradation.Jpeg(Degradation.ToImage(x, width, height), Quality(coarseness * random.NextDouble())));
        }
        var last = Degradation.AnyFilter(random);
        x = Degradation.Resize(x, width, height, endWidth, endHeight, last);
        if (plain is not null) plain = Degradation.Resize(plain, width, height, endWidth, endHeight, last);
        if (random.NextDouble() < 0.7)
        {
            AddNoise(x, endWidth, endHeight, noise * StrongestNoise, random);
            damage = noise;
        }
        var result = Degradation.ToImage(x, endWidth, endHeight);
        if (random.NextDouble() >= 0.75) return (result, damage, plain);
        return (Degradation.Jpeg(result, Quality(coarseness)), Math.Max(damage, coarseness), plain);
    }

    static int Quality(double coarseness) => (int)Math.Round(FinestJpeg - coarseness * (FinestJpeg - CoarsestJpeg));

    // A Gaussian along two axes turned by any angle, or a lens's disc; edges repeated.
    static float[] Blur(float[] x, int width, int height, double widest, Random random)
    {
        double across = Degradation.Between(random, 0.2, widest), along = random.NextDouble() < 0.5 ? across : Degradation.Between(random, 0.2, widest);
        if (across == along && random.NextDouble() < 0.75) return Degradation.Blur(x, width, height, across, along);
        bool disc = across == along;
        // A disc of radius 2 sigma has the Gaussian's deviation along every axis.
        int radius = (int)Math.Ceiling(disc ? 2 * across : 3 * Math.Max(across, along)), side = 2 * radius + 1;
        double angle = Math.PI * random.NextDouble(), cos = Math.Cos(angle), sin = Math.Sin(angle);
        var kernel = new float[side * side];
        for (int i = 0; i < kernel.Length; i++)
        {
            double dx = i % side - radius, dy = i / side - radius, u = dx * cos + dy * sin, v = dy * cos - dx * sin;
            kernel[i] = (float)(disc ? Math.Clamp(2 * across + 0.5 - Math.Sqrt(dx * dx + dy * dy), 0, 1) : Math.Exp(-0.5 * (u * u / (across * across) + v * v / (along * along))));
        }
        TensorPrimitives.Divide(kernel, TensorPrimitives.Sum<float>(kernel), kernel);
        return Convolve(x, width, height, kernel, radius);
    }

    static float[] Convolve(float[] x, int width, int height, float[] kernel, int radius)
    {
        // Weights below it move no pixel by a tenth of a level.
        const float least = 1e-5f;
        int row = width * Channels, side = 2 * radius + 1, padded = row + 2 * radius * Channels;
        var rows = new float[height * padded];
        for (int y = 0; y < height; y++)
        {
            x.AsSpan(y * row, row).CopyTo(rows.AsSpan(y * padded + radius * Channels));
            for (int p = 0; p < radius * Channels; p++)
            {
                rows[y * padded + p] = x[y * row + p % Channels];
                rows[y * padded + radius * Channels + row + p] = x[(y + 1) * row - Channels + p % Channels];
            }
        }
        var result = new float[x.Length];
        for (int y = 0; y < height; y++)
        {
            var to = result.AsSpan(y * row, row);
            for (int k = 0; k < kernel.Length; k++)
            {
                if (kernel[k] < least) continue;
                int from = Math.Clamp(y + k / side - radius, 0, height - 1) * padded + k % side * Channels;
                TensorPrimitives.MultiplyAdd(rows.AsSpan(from, row), kernel[k], to, to);
            }
        }
        return result;
    }

    // A third of the noise has been smoothed, as cameras and earlier reductions leave it.
    static void AddNoise(float[] x, int width, int height, double sigma, Random random)
    {
        bool shot = random.NextDouble() < 0.4;
        if (random.NextDouble() >= 0.33)
        {
            Degradation.AddNoise(x, random, sigma, shot);
            return;
        }
        double blur = Degradation.Between(random, 0.4, 1);
        var noise = new float[x.Length];
        Array.Fill(noise, 128);
        // White noise blurred by a Gaussian keeps 1 / (2 sqrt(pi) blur) of its deviation.
        Degradation.AddNoise(noise, random, sigma * Math.Max(1, 2 * Math.Sqrt(Math.PI) * blur), shot: false);
        noise = Degradation.Blur(noise, width, height, blur, blur);
        for (int i = 0; i < x.Length; i++) x[i] += (noise[i] - 128) * (shot ? MathF.Sqrt(Math.Max(0, x[i]) / 128) : 1);
    }
}
