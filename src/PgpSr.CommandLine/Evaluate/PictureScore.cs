using PgpSr.Imaging;

namespace PgpSr.CommandLine.Evaluate;

/// <summary>What one enlarged picture measures, or the mean over several.</summary>
/// <param name="Psnr">PSNR of luma, dB.</param>
/// <param name="Ssim">SSIM of luma.</param>
/// <param name="PhaseError">Phase error of luma, radians, weighted by the truth's amplitude.</param>
/// <param name="Detail">Luma above the input's Nyquist frequency, RMS in levels of 255.</param>
/// <param name="EdgeWidth">Mean width of edges, pixels.</param>
/// <param name="Niqe">NIQE (lower is better); NaN for pictures without a patch of 96x96 pixels.</param>
/// <param name="Reduced">PSNR of luma between the picture reduced again and the input, dB.</param>
readonly record struct PictureScore(double Psnr, double Ssim, double PhaseError, double Detail, double EdgeWidth, double Niqe, double Reduced)
{
    /// <summary>Measures one picture; as many pixels as the scale are left out along every border.</summary>
    /// <param name="image">The picture to measure.</param>
    /// <param name="truth">The original.</param>
    /// <param name="low">What was enlarged.</param>
    /// <param name="scale">How many times.</param>
    /// <param name="pristine">NIQE's photographs; null for the built-in ones.</param>
    public static PictureScore Measure(Image image, Image truth, Image low, int scale, NiqeModel? pristine) => new(
        ImageMetrics.PsnrLuma(image, truth, scale),
        ImageMetrics.SsimLuma(image, truth, scale),
        ImageMetrics.PhaseError(image, truth, scale),
        ImageSharpness.Detail(image, scale, scale),
        ImageSharpness.EdgeWidth(image, scale),
        Imaging.Niqe.Score(image, pristine, scale),
        ImageMetrics.PsnrLuma(Resizer.Resize(image, low.Width, low.Height, ResizeFilter.Bicubic), low, 1));

    /// <summary>What a true picture measures without comparison.</summary>
    public static PictureScore OfTruth(Image truth, Image low, int scale, NiqeModel? pristine) => new(
        double.PositiveInfinity, 1, 0, ImageSharpness.Detail(truth, scale, scale), ImageSharpness.EdgeWidth(truth, scale),
        Imaging.Niqe.Score(truth, pristine, scale),
        ImageMetrics.PsnrLuma(Resizer.Resize(truth, low.Width, low.Height, ResizeFilter.Bicubic), low, 1));

    /// <summary>Means, of decibels too, as papers report them; NIQE's over the pictures that have one.</summary>
    public static PictureScore Mean(IReadOnlyCollection<PictureScore> scores) => new(
        scores.Average(s => s.Psnr),
        scores.Average(s => s.Ssim),
        scores.Average(s => s.PhaseError),
        scores.Average(s => s.Detail),
        scores.Average(s => s.EdgeWidth),
        scores.Select(s => s.Niqe).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average(),
        scores.Average(s => s.Reduced));
}
