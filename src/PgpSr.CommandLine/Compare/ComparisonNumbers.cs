using System.Globalization;
using PgpSr.Imaging;

namespace PgpSr.CommandLine.Compare;

/// <summary>How far a picture lies from the one it is measured against.</summary>
/// <param name="Psnr">PSNR of luma, dB; infinite for equal pictures.</param>
/// <param name="Ssim">SSIM of luma, or null for pictures too small for its window.</param>
/// <param name="EdgeWidth">Mean width of the picture's own edges, pixels.</param>
readonly record struct ComparisonNumbers(double Psnr, double? Ssim, double EdgeWidth)
{
    /// <summary>Side of SSIM's window.</summary>
    public const int SmallestSide = 11;

    /// <summary>Measures a picture against another of the same size.</summary>
    public static ComparisonNumbers Measure(Image image, Image reference) => new(
        ImageMetrics.PsnrLuma(image, reference),
        Math.Min(image.Width, image.Height) < SmallestSide ? null : ImageMetrics.SsimLuma(image, reference),
        ImageSharpness.EdgeWidth(image));

    /// <summary>For people.</summary>
    public override string ToString()
    {
        string edges = string.Create(CultureInfo.InvariantCulture, $"edges {EdgeWidth:0.0} px");
        if (double.IsPositiveInfinity(Psnr)) return edges;
        string ssim = Ssim is { } s ? string.Create(CultureInfo.InvariantCulture, $"SSIM {s:0.000}, ") : "";
        return string.Create(CultureInfo.InvariantCulture, $"PSNR {Psnr:0.00} dB, {ssim}{edges}");
    }
}
