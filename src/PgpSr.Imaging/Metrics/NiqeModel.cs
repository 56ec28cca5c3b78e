using System.Globalization;

namespace PgpSr.Imaging;

/// <summary>The Gaussian that the patches of pictures form in <see cref="Niqe"/>'s 36 numbers.</summary>
public sealed class NiqeModel
{
    const int Size = Niqe.FeatureCount;
    const string Resource = "niqe-model.txt";

    // Patches at least this share as sharp as the picture's sharpest describe a pristine picture; the rest may be out of focus.
    const double SharpestShare = 0.75;

    // Relative to the variances: keeps the mean of two covariances invertible in rounded arithmetic.
    const double Ridge = 1e-9;

    static readonly Lazy<NiqeModel> s_default = new(ReadDefault);

    readonly double[] _mean;
    readonly double[] _covariance;

    NiqeModel(double[] mean, double[] covariance) => (_mean, _covariance) = (mean, covariance);

    /// <summary>
    /// Of the photographs that the models are trained on (listed in tools/PgpSr.Training), made by that tool's command niqe. Scores by it are
    /// lower than by the published model: 2.6 instead of 3.2 for the true pictures of BSD100, 3.5 instead of 4.9 for those of Set14.
    /// </summary>
    public static NiqeModel Default => s_default.Value;

    /// <summary>The Gaussian of pristine photographs: of each, the sharp patches count.</summary>
    /// <exception cref="ArgumentException">There are no more sharp patches than numbers in each: the Gaussian would be flat.</exception>
    public static NiqeModel FromPristine(IEnumerable<Image> photographs)
    {
        ArgumentNullException.ThrowIfNull(photographs);
        List<double[]> patches = [];
        foreach (Image photograph in photographs)
        {
            var all = Niqe.Features(photograph);
            if (all.Count == 0) continue;
            double sharpest = all.Max(patch => patch.Sharpness);
            patches.AddRange(all.Where(p => p.Sharpness > SharpestShare * sharpest && p.Numbers.All(double.IsFinite)).Select(p => p.Numbers));
        }
        if (patches.Count <= Size)
            throw new ArgumentException(
                $"{patches.Count} sharp patches of {Niqe.PatchSide}x{Niqe.PatchSide} pixels; at least {Size + 1} are needed", nameof(photographs));
        return Fit(patches);
    }

    /// <summary>Reads what <see cref="Write"/> wrote: the mean's 36 numbers on the first line, then the covariance's rows.</summary>
    /// <exception cref="FormatException">The text has another format.</exception>
    public static NiqeModel Read(TextReader text)
    {
        ArgumentNullException.ThrowIfNull(text);
        double[] Row() => (text.ReadLine() ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries) is { Length: Size } numbers
            ? Array.ConvertAll(numbers, n => double.Parse(n, CultureInfo.InvariantCulture))
            : throw new FormatException($"a NIQE model is {Size + 1} lines of {Size} numbers");
        double[] mean = Row();
        return new(mean, [.. Enumerable.Range(0, Size).SelectMany(_ => Row())]);
    }

    /// <summary>Writes the model as text, seven digits a number.</summary>
    public void Write(TextWriter text)
    {
        ArgumentNullException.ThrowIfNull(text);
        void Row(ReadOnlySpan<double> values) =>
            text.Write(string.Join(' ', values.ToArray().Select(v => v.ToString("G7", CultureInfo.InvariantCulture))) + "\n");
        Row(_mean);
        for (int i = 0; i < Size; i++) Row(_covariance.AsSpan(i * Size, Size));
    }

    internal static NiqeModel Fit(IReadOnlyList<double[]> patches)
    {
        double[] mean = new double[Size], covariance = new double[Size * Size];
        foreach (double[] patch in patches)
            for (int i = 0; i < Size; i++) mean[i] += patch[i] / patches.Count;
        foreach (double[] patch in patches)
            for (int i = 0; i < Size; i++)
                for (int j = 0; j < Size; j++)
                    covariance[i * Size + j] += (patch[i] - mean[i]) * (patch[j] - mean[j]) / Math.Max(1, patches.Count - 1);
        return new(mean, covariance);
    }

    /// <summary>sqrt(d' S^-1 d), d the difference of the means and S the mean of the covariances.</summary>
    internal double Distance(NiqeModel other)
    {
        double[] matrix = new double[Size * Size], difference = new double[Size];
        for (int i = 0; i < Size; i++)
        {
            difference[i] = _mean[i] - other._mean[i];
            for (int j = 0; j < Size; j++) matrix[i * Size + j] = (_covariance[i * Size + j] + other._covariance[i * Size + j]) / 2;
            matrix[i * Size + i] *= 1 + Ridge;
        }
        // With S = L L', the form is |L^-1 d|^2 (Cholesky).
        double sum = 0;
        for (int i = 0; i < Size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double value = matrix[i * Size + j];
                for (int k = 0; k < j; k++) value -= matrix[i * Size + k] * matrix[j * Size + k];
                matrix[i * Size + j] = i == j ? Math.Sqrt(value) : value / matrix[j * Size + j];
            }
            double part = difference[i];
            for (int k = 0; k < i; k++) part -= matrix[i * Size + k] * difference[k];
            difference[i] = part / matrix[i * Size + i];
            sum += difference[i] * difference[i];
        }
        return Math.Sqrt(sum);
    }

    static NiqeModel ReadDefault()
    {
        using StreamReader text = new(typeof(NiqeModel).Assembly.GetManifestResourceStream(Resource)!);
        return Read(text);
    }
}
