using PgpSr.Tensors;

namespace PgpSr.Gpu.Fourier;

/// <summary>A feature map's sizes as transforms see them.</summary>
readonly record struct FourierShape(int Samples, int Height, int Width, int Channels)
{
    public int Bins => Width / 2 + 1;

    /// <summary>Floats of the half spectrum.</summary>
    public long SpectrumCount => (long)Samples * Height * Bins * 2 * Channels;

    /// <summary>Floats of the map.</summary>
    public long MapCount => (long)Samples * Height * Width * Channels;

    public static FourierShape Of(Tensor map) => new(map.Shape[0], map.Shape[1], map.Shape[2], map.Shape[3]);
}
