using PgpSr.Imaging;
using PgpSr.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace PgpSr.Training;

/// <summary>Mean luma PSNR over pairs, of the model and of bicubic enlargement.</summary>
/// <param name="Clean">Of pairs that are only reduced, dB.</param>
/// <param name="CleanBicubic">The same, of bicubic enlargement.</param>
/// <param name="Degraded">Of degraded pairs.</param>
/// <param name="DegradedBicubic">The same, of bicubic enlargement.</param>
sealed record Scores(double Clean, double CleanBicubic, double Degraded, double DegradedBicubic);

/// <summary>
/// Fixed pairs from the validation photographs: of each, those places of a grid where bicubic enlargement fails most, since out-of-focus backgrounds
/// are restored by anything.
/// </summary>
sealed class Validation
{
    // Degraded pixels of a pair's side: 384 pixels of truth at x4.
    const int Side = 96;

    const int PerPhoto = 2;
    const int Grid = 3;

    readonly PgpConfig _config;
    readonly List<(Image Degraded, Image Truth, bool Clean)> _pairs = [];
    readonly double[] _bicubic;

    public Validation(IReadOnlyList<(string Name, Image Image)> photos, PgpConfig config)
    {
        _config = config;
        int scale = config.Scale, large = Side * scale;
        for (int i = 0; i < photos.Count; i++)
        {
            foreach (var truth in Places(photos[i].Image, large).OrderBy(place => Psnr(PairSource.Enlarge(Degradation.Clean(place, scale), scale), place, scale)).Take(config.Steps == 1 ? PerPhoto : 1))
            {
                _pairs.Add((Degradation.Clean(truth, scale), truth, true));
                _pairs.Add((Degradation.SecondOrder(truth, scale, new Random(1000 + _pairs.Count)), truth, false));
            }
        }
        _bicubic = [.. _pairs.Select(pair => Psnr(PairSource.Enlarge(pair.Degraded, scale), pair.Truth, scale))];
    }

    static IEnumerable<Image> Places(Image photo, int side)
    {
        for (int y = 0; y < Grid; y++)
            for (int x = 0; x < Grid; x++)
                yield return PhotoCache.Crop(photo, (photo.Width - side) * x / (Grid - 1), (photo.Height - side) * y / (Grid - 1), side, side);
    }

    /// <summary>Scores of some weights.</summary>
    public Scores Run(TorchParameters parameters, Tensor flat)
    {
        using var off = no_grad();
        double[] scores = [.. _pairs.Select(pair => Psnr(Restore(parameters, flat, pair.Degraded), pair.Truth, _config.Scale))];
        return new Scores(Mean(scores, true), Mean(_bicubic, true), Mean(scores, false), Mean(_bicubic, false));
    }

    double Mean(double[] scores, bool clean) => scores.Zip(_pairs).Where(s => s.Second.Clean == clean).Average(s => s.First);

    float[] Restore(TorchParameters parameters, Tensor flat, Image degraded)
    {
        using var scope = NewDisposeScope();
        Tensor Planes(float[] values, int factor) => tensor(values, [1, degraded.Height * factor, degraded.Width * factor, PairSource.Channels]).permute(0, 3, 1, 2).contiguous();
        Tensor small = Planes(PairSource.ToSingles(degraded), 1), enlarged = Planes(PairSource.Enlarge(degraded, _config.Scale), _config.Scale);
        Tensor restored = _config.Prediction == PgpPrediction.Residual
            ? Restoration.Run(parameters, _config, flat, small, enlarged, ScalarType.Float32)
            : new Diffusion(parameters, _config).Sample(flat, small, enlarged, seed: 1);
        return restored.permute(0, 2, 3, 1).contiguous().data<float>().ToArray();
    }

    // Rounded to 8 bits as a written picture would be; a border as wide as the scale is left out, as in the literature.
    static double Psnr(float[] restored, Image truth, int scale)
    {
        var image = new Image(truth.Width, truth.Height, PairSource.Channels);
        PixelConversion.FromInterleaved(restored, PairSource.Channels, PixelRange.MinusOneToOne, PixelRounding.Nearest, image.Info, image.Bytes);
        return ImageMetrics.PsnrLuma(image, truth, scale);
    }
}
