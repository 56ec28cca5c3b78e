namespace PgpSr.Imaging;

/// <summary>Kernels of <see cref="Resizer"/>, widened when shrinking (antialiased) as Pillow defines them, unless they say otherwise.</summary>
public enum ResizeFilter
{
    /// <summary>Mean of the covered pixels.</summary>
    Box,

    /// <summary>Triangle of radius 1.</summary>
    Bilinear,

    /// <summary>Keys' cubic with a = -0.5, radius 2.</summary>
    Bicubic,

    /// <summary>Sinc windowed by sinc, radius 3.</summary>
    Lanczos,

    /// <summary>Keys' cubic with a = -0.75 of the four nearest pixels, edge pixels repeated, not widened when shrinking: PyTorch's bicubic
    /// without antialias.</summary>
    TorchBicubic,
}
