using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>A network from picture to larger picture, without a latent, a text or a timestep.</summary>
interface IPixelUpscaler : IDisposable
{
    /// <summary>The topology.</summary>
    IPixelUpscalerConfig Config { get; }

    /// <summary>How many times larger the result is.</summary>
    int Scale { get; }

    /// <summary>Sides of the picture are multiples of this.</summary>
    int Multiple { get; }

    /// <summary>Numbers in the checkpoint.</summary>
    long ParameterCount { get; }

    /// <summary>Bytes of the packed weights.</summary>
    long WeightBytes { get; }

    /// <summary>Enlarges.</summary>
    /// <param name="ws">Workspace.</param>
    /// <param name="image">[N, H, W, 3] in [0, 1]; kept.</param>
    /// <returns>[N, Scale H, Scale W, 3], not clamped, float32.</returns>
    Tensor Forward(Workspace ws, Tensor image);
}
