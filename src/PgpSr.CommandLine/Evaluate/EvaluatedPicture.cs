using PgpSr.Imaging;

namespace PgpSr.CommandLine.Evaluate;

/// <summary>One picture as everybody enlarged it.</summary>
/// <param name="Name">The pair's.</param>
/// <param name="Truth">What it should be.</param>
/// <param name="Bicubic">By bicubic interpolation, and what that measures.</param>
/// <param name="Enlarged">By the candidates in their order, and what that measures.</param>
sealed record EvaluatedPicture(
    string Name, Image Truth, (Image Image, PictureScore Score) Bicubic, IReadOnlyList<(Image Image, PictureScore Score)> Enlarged)
{
    /// <summary>How much nearer to the truth the first candidate is than bicubic interpolation, dB.</summary>
    public double Gain => Enlarged[0].Score.Psnr - Bicubic.Score.Psnr;
}
