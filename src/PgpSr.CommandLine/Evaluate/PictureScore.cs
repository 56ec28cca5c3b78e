using PgpSr.Imaging;

namespace PgpSr.CommandLine.Evaluate;

/// <summary>What one enlarged picture measures, or the mean over several.</summary>
/// <param name="Psnr">PSNR of luma, dB.</param>
/// <param name="Ssim">SSIM of luma.</param>
/// <param name="PhaseError">Phase error of luma, radians, weighted by the truth's amplitude.</param>
/// <param name="Detail">Luma above the input's Nyquist frequency, RMS in levels of 255.</param>
/// <param name="EdgeWidth">Mean width of edges, pixels.</param>
readonly record struct PictureScore(double Psnr, double Ssim, double PhaseError, double Detail, double EdgeWidth)
{
    /// <summary>Measures one picture; as many pixels as the scale are left out along every border.</summary>
    public static PictureScore Measure(Image image, Image truth, int scale) => new(
        ImageMetrics.PsnrLuma(image, truth, scale),
        ImageMetrics.SsimLuma(image, truth, scale),
        ImageMetrics.PhaseError(image, truth, scale),
        ImageSharpness.Detail(image, scale, scale),
        ImageSharpness.EdgeWidth(image, scale));

    /// <summary>Means, of decibels too, as papers report them.</summary>
    public static PictureScore Mean(IReadOnlyCollection<PictureScore> scores) => new(
        scores.Average(s => s.Psnr),
        scores.Average(s => s.Ssim),
        scores.Average(s => s.PhaseError),
        scores.Average(s => s.Detail),
        scores.Average(s => s.EdgeWidth));
}
