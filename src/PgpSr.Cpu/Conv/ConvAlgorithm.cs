using PgpSr.Tensors;

namespace PgpSr.Cpu;

/// <summary>The one rule that decides how a convolution is computed.</summary>
static class ConvAlgorithm
{
    // Measured (NOTEBOOK, "CPU: Winograd"). With fewer input channels the transforms outweigh what the products save: 16 to 16 channels are even,
    // 8 to 320 lose. In smaller images too few pixels share a transformed weight: 8x8 gain 1.4, 5x5 lose.
    const int MinInputs = 16, MinPixels = 40;

    /// <summary>
    /// The faster algorithm for one image. Neither batch size nor threads are asked, so that they change no bit of the result.
    /// </summary>
    public static ConvMethod Choose(Conv2dGeometry geometry, int inputs, int outHeight, int outWidth)
    {
        long pixels = (long)outHeight * outWidth, tiles = WinogradPlan.TilesOf(outHeight, outWidth);
        // Tiles compute 16 pixels, also where an image of few rows or columns has fewer to use.
        return geometry.IsUnit3x3 && inputs >= MinInputs && pixels >= MinPixels && 16 * tiles <= 2 * pixels ? ConvMethod.Winograd : ConvMethod.Direct;
    }
}
