namespace PgpSr.Imaging;

/// <summary>
/// NIQE, the natural image quality evaluator (Mittal, Soundararajan, Bovik 2013): how far a picture's local statistics are from those of sharp,
/// undamaged photographs. No truth is needed; lower is better; noise, blur, blocks and invented texture all raise it. Luma on a scale of 0 to 255.
/// <para>The picture is cut into patches of 96x96 pixels; each gives 36 numbers, 18 at full and 18 at half size: shapes of generalized Gaussian
/// distributions fitted to the locally normalized luma and to the products of its neighbors. The score is the distance between the Gaussians fitted
/// to the patches' numbers and to those of pristine photographs.</para>
/// </summary>
public static class Niqe
{
    /// <summary>Numbers for each patch.</summary>
    public const int FeatureCount = 36;

    /// <summary>Side of a patch, and so the smallest side of a picture.</summary>
    public const int PatchSide = 96;

    // The window of the local mean and deviation: 7x7, sigma 7/6.
    const int WindowRadius = 3;
    const double WindowSigma = 7.0 / 6;

    // Neighbors whose products are taken: right, below, and the two diagonals.
    static readonly (int Down, int Right)[] s_neighbors = [(0, 1), (1, 0), (1, 1), (1, -1)];

    /// <summary>The score against pristine photographs; NaN for a picture smaller than a patch, or without any texture.</summary>
    /// <param name="image">The picture to judge.</param>
    /// <param name="model">The pristine photographs; null for <see cref="NiqeModel.Default"/>.</param>
    /// <param name="shave">Pixels ignored along every border.</param>
    public static double Score(Image image, NiqeModel? model = null, int shave = 0)
    {
        ArgumentNullException.ThrowIfNull(image);
        var patches = Features(image, shave).Where(patch => patch.Numbers.All(double.IsFinite)).Select(patch => patch.Numbers).ToList();
        return patches.Count == 0 ? double.NaN : (model ?? NiqeModel.Default).Distance(NiqeModel.Fit(patches));
    }

    /// <summary>
    /// Every whole patch's numbers, and its sharpness: the mean of the local deviation in levels of 255. Not finite where a patch has no texture.
    /// </summary>
    internal static List<(double[] Numbers, double Sharpness)> Features(Image image, int shave = 0)
    {
        double[] luma = ImageMetrics.ShavedLuma(image, shave, out int width, out int height);
        int across = width / PatchSide, down = height / PatchSide;
        List<(double[], double)> patches = [];
        if (across == 0 || down == 0) return patches;
        (width, height) = (across * PatchSide, down * PatchSide);
        float[] full = Cut(luma, width, height, image.Width - 2 * shave), half = new float[full.Length / 4];
        Resizer.Resize(full, width, height, 1, width / 2, height / 2, ResizeFilter.Bicubic, half);
        (double[] normalizedFull, double[] deviation) = Normalize(full, width, height);
        (double[] normalizedHalf, _) = Normalize(half, width / 2, height / 2);
        for (int y = 0; y < down; y++)
            for (int x = 0; x < across; x++)
            {
                double[] numbers = new double[FeatureCount];
                Describe(Patch(normalizedFull, width, x, y, PatchSide), PatchSide, numbers.AsSpan(0, FeatureCount / 2));
                Describe(Patch(normalizedHalf, width / 2, x, y, PatchSide / 2), PatchSide / 2, numbers.AsSpan(FeatureCount / 2));
                patches.Add((numbers, Patch(deviation, width, x, y, PatchSide).Average()));
            }
        return patches;
    }

    static float[] Cut(double[] luma, int width, int height, int stride)
    {
        float[] cut = new float[width * height];
        // Whole levels, as a picture in shades of gray has them.
        for (int i = 0; i < cut.Length; i++) cut[i] = (float)Math.Round(luma[i / width * stride + i % width]);
        return cut;
    }

    static double[] Patch(double[] map, int width, int x, int y, int side)
    {
        double[] patch = new double[side * side];
        for (int i = 0; i < side; i++) map.AsSpan((y * side + i) * width + x * side, side).CopyTo(patch.AsSpan(i * side));
        return patch;
    }

    // (luma - local mean) / (local deviation + 1), and the deviation.
    static (double[] Normalized, double[] Deviation) Normalize(float[] luma, int width, int height)
    {
        double[] plain = Array.ConvertAll(luma, v => (double)v);
        double[] mean = Smooth(plain, width, height), square = Smooth(Array.ConvertAll(plain, v => v * v), width, height);
        double[] normalized = new double[plain.Length];
        for (int i = 0; i < plain.Length; i++)
        {
            square[i] = Math.Sqrt(Math.Abs(square[i] - mean[i] * mean[i]));
            normalized[i] = (plain[i] - mean[i]) / (square[i] + 1);
        }
        return (normalized, square);
    }

    // Borders repeated.
    static double[] Smooth(double[] map, int width, int height)
    {
        double[] window = [.. Enumerable.Range(-WindowRadius, 2 * WindowRadius + 1).Select(i => Math.Exp(-i * i / (2 * WindowSigma * WindowSigma)))];
        double sum = window.Sum();
        double[] rows = new double[map.Length], result = new double[map.Length];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                for (int k = -WindowRadius; k <= WindowRadius; k++)
                    rows[y * width + x] += window[k + WindowRadius] / sum * map[y * width + Math.Clamp(x + k, 0, width - 1)];
        for (int y = 0; y < height; y++)
            for (int k = -WindowRadius; k <= WindowRadius; k++)
            {
                int from = Math.Clamp(y + k, 0, height - 1) * width;
                for (int x = 0; x < width; x++) result[y * width + x] += window[k + WindowRadius] / sum * rows[from + x];
            }
        return result;
    }

    // Shape and mean scale of the patch itself, then shape, mean and both scales of each product with a neighbor; neighbors wrap around.
    static void Describe(double[] patch, int side, Span<double> numbers)
    {
        AsymmetricGaussian own = AsymmetricGaussian.Fit(patch);
        (numbers[0], numbers[1]) = (own.Shape, (own.Left + own.Right) / 2);
        double[] products = new double[patch.Length];
        for (int n = 0; n < s_neighbors.Length; n++)
        {
            (int down, int right) = s_neighbors[n];
            for (int y = 0; y < side; y++)
                for (int x = 0; x < side; x++)
                    products[y * side + x] = patch[y * side + x] * patch[(y - down + side) % side * side + (x - right + side) % side];
            AsymmetricGaussian fit = AsymmetricGaussian.Fit(products);
            (numbers[2 + 4 * n], numbers[3 + 4 * n], numbers[4 + 4 * n], numbers[5 + 4 * n]) = (fit.Shape, fit.Mean, fit.Left, fit.Right);
        }
    }
}
