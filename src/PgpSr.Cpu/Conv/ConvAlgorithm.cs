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

/// <summary>An algorithm for convolutions.</summary>
enum ConvMethod
{
    /// <summary>Indirect GEMM: every product of the definition, any geometry.</summary>
    Direct,

    /// <summary>Winograd's F(4x4, 3x3): a quarter of the products; 3x3 and stride 1 only.</summary>
    Winograd,
}

/// <summary>The feature maps on both sides of a convolution.</summary>
/// <param name="X">First input value, [Samples, Height, Width, inputs].</param>
/// <param name="Pitch">Floats from one input pixel to the next.</param>
/// <param name="Samples">Images.</param>
/// <param name="Height">Input rows.</param>
/// <param name="Width">Input columns.</param>
/// <param name="OutHeight">Result rows.</param>
/// <param name="OutWidth">Result columns.</param>
readonly record struct ConvMaps(nint X, int Pitch, int Samples, int Height, int Width, int OutHeight, int OutWidth);

/// <summary>A convolution weight packed for the CPU's kernels.</summary>
sealed class CpuPackedConv2d(string name, GemmWeight weight, Conv2dGeometry geometry) : PackedConv2d(name, weight.Inputs, weight.Outputs, geometry)
{
    public GemmWeight Weight { get; } = weight;

    public override long ByteCount => Weight.ByteCount;

    protected override void Dispose(bool disposing) => Weight.Dispose();
}
