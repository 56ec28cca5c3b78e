using PgpSr.Imaging;

namespace PgpSr.Training;

/// <summary>
/// Degraded pictures after Real-ESRGAN's second-order model (blur, resize, noise, JPEG, twice) at mild strength: ranges are the milder half of
/// FaithDiff's (method 3.9). A degradation is a function of the random numbers alone, so that a step can be made again.
/// </summary>
static class Degradation
{
    const int Channels = PairSource.Channels;
    static readonly float[] s_normal = Normal();
    static readonly ResizeFilter[] s_filters = [ResizeFilter.Box, ResizeFilter.Bilinear, ResizeFilter.Bicubic];

    /// <summary>The picture reduced by <paramref name="scale"/>, antialiased bicubic and nothing else.</summary>
    public static Image Clean(Image picture, int scale) => Resizer.Resize(picture, picture.Width / scale, picture.Height / scale, ResizeFilter.Bicubic);

    /// <summary>The picture degraded and reduced by <paramref name="scale"/>.</summary>
    public static Image SecondOrder(Image picture, int scale, Random random)
    {
        int width = picture.Width, height = picture.Height;
        float[] x = ToSingles(picture);
        x = Blur(x, width, height, Between(random, 0.2, 1.5), Between(random, 0.2, 1.5));
        double factor = random.NextDouble() < 0.5 ? Between(random, 0.5, 1) : Between(random, 1, 1.2);
        int midWidth = (int)Math.Round(width * factor), midHeight = (int)Math.Round(height * factor);
        x = Resize(x, width, height, midWidth, midHeight, AnyFilter(random));
        AddNoise(x, random, Between(random, 0, 8), random.NextDouble() < 0.4);
        x = ToSingles(Jpeg(ToImage(x, midWidth, midHeight), random.Next(70, 96)));

        if (random.NextDouble() < 0.3) x = Blur(x, midWidth, midHeight, Between(random, 0.2, 1), Between(random, 0.2, 1));
        int endWidth = width / scale, endHeight = height / scale;
        x = Resize(x, midWidth, midHeight, endWidth, endHeight, AnyFilter(random));
        AddNoise(x, random, Between(random, 0, 4), random.NextDouble() < 0.4);
        return Jpeg(ToImage(x, endWidth, endHeight), random.Next(70, 100));
    }

    /// <summary>One of the reductions that programs offer.</summary>
    public static ResizeFilter AnyFilter(Random random) => s_filters[random.Next(s_filters.Length)];

    public static double Between(Random random, double least, double most) => least + (most - least) * random.NextDouble();

    public static float[] Resize(float[] x, int width, int height, int newWidth, int newHeight, ResizeFilter filter)
    {
        var y = new float[newWidth * newHeight * Channels];
        Resizer.Resize(x, width, height, Channels, newWidth, newHeight, filter, y);
        return y;
    }

    // Separable Gaussian, edges repeated; values on a scale of 0 to 255 throughout.
    public static float[] Blur(float[] x, int width, int height, double sigmaX, double sigmaY)
    {
        float[] across = Kernel(sigmaX), down = Kernel(sigmaY);
        var between = new float[x.Length];
        var result = new float[x.Length];
        int radius = across.Length / 2, row = width * Channels;
        var padded = new float[row + 2 * radius * Channels];
        for (int y = 0; y < height; y++)
        {
            x.AsSpan(y * row, row).CopyTo(padded.AsSpan(radius * Channels));
            for (int p = 0; p < radius * Channels; p++)
            {
                padded[p] = x[y * row + p % Channels];
                padded[radius * Channels + row + p] = x[(y + 1) * row - Channels + p % Channels];
            }
            for (int k = 0; k < across.Length; k++)
                System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(padded.AsSpan(k * Channels, row), across[k], between.AsSpan(y * row, row), between.AsSpan(y * row, row));
        }
        radius = down.Length / 2;
        for (int y = 0; y < height; y++)
            for (int k = 0; k < down.Length; k++)
                System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(between.AsSpan(Math.Clamp(y + k - radius, 0, height - 1) * row, row), down[k], result.AsSpan(y * row, row), result.AsSpan(y * row, row));
        return result;
    }

    static float[] Kernel(double sigma)
    {
        int radius = (int)Math.Ceiling(3 * sigma);
        double[] weights = [.. Enumerable.Range(-radius, 2 * radius + 1).Select(i => Math.Exp(-i * i / (2 * sigma * sigma)))];
        double sum = weights.Sum();
        return [.. weights.Select(w => (float)(w / sum))];
    }

    // Gaussian noise of a constant deviation, or of one that grows with the root of the brightness as a sensor's shot noise does.
    public static void AddNoise(float[] x, Random random, double sigma, bool shot)
    {
        bool gray = random.NextDouble() < 0.4;
        int at = random.Next(s_normal.Length);
        for (int i = 0; i < x.Length; i += Channels)
        {
            for (int c = 0; c < Channels; c++)
            {
                if (!gray || c == 0) at = (at + 1) & (s_normal.Length - 1);
                float deviation = shot ? (float)sigma * MathF.Sqrt(Math.Max(0, x[i + c]) / 128) : (float)sigma;
                x[i + c] += deviation * s_normal[at];
            }
        }
    }

    // Independent normal numbers, read from a random place on: making them afresh took half of a crop's time.
    static float[] Normal()
    {
        var random = new Random(3);
        var values = new float[1 << 22];
        for (int i = 0; i < values.Length; i++) values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return values;
    }

    public static Image Jpeg(Image image, int quality)
    {
        using var stream = new MemoryStream();
        using (var writer = ImageWriter.Create(stream, image.Info, null, new ImageSaveOptions { Format = ImageFormat.Jpeg, JpegQuality = quality, WriteMetadata = false }))
        {
            writer.WriteRows(image.Bytes);
            writer.Complete();
        }
        stream.Position = 0;
        using var reader = ImageReader.Open(stream);
        return reader.ReadToEnd();
    }

    public static float[] ToSingles(Image image)
    {
        var x = new float[image.Bytes.Length];
        var bytes = image.Bytes;
        for (int i = 0; i < x.Length; i++) x[i] = bytes[i];
        return x;
    }

    public static Image ToImage(float[] x, int width, int height)
    {
        var image = new Image(width, height, Channels);
        var bytes = image.Bytes;
        for (int i = 0; i < x.Length; i++) bytes[i] = (byte)MathF.Round(Math.Clamp(x[i], 0, 255));
        return image;
    }
}
