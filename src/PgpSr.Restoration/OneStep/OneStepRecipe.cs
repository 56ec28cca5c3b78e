using PgpSr.Imaging;
using PgpSr.Models;

namespace PgpSr.Restoration;

/// <summary>What the network of a one-step restorer predicts.</summary>
enum OneStepPrediction
{
    /// <summary>The noise in its input: x0 = (z - sqrt(1 - abar) e) / sqrt(abar).</summary>
    Epsilon,

    /// <summary>The velocity: x0 = sqrt(abar) z - sqrt(1 - abar) v.</summary>
    Velocity,

    /// <summary>What is wrong with its input: x0 = z - e.</summary>
    Residual,
}

/// <summary>
/// How a Stable Diffusion UNet that was tuned to restore in one evaluation is run. The named families have their published values; others are
/// described by a folder's <see cref="OneStepRecipeJson.FileName"/>.
/// </summary>
sealed record OneStepRecipe
{
    /// <summary>The family, for messages.</summary>
    public required string Name { get; init; }

    /// <summary>Where the network is evaluated, 0 to 999.</summary>
    public required int Timestep { get; init; }

    /// <summary>What it predicts.</summary>
    public OneStepPrediction Prediction { get; init; }

    /// <summary>Whether the degraded latent is noised to the timestep first.</summary>
    public bool NoisedStart { get; init; }

    /// <summary>Numerator of the adapters' scale alpha / rank; null for the rank itself.</summary>
    public double? Alpha { get; init; } = LoraSource.DefaultAlpha;

    /// <summary>How the result is given the colors of the enlarged source.</summary>
    public ColorFixMethod ColorFix { get; init; } = ColorFixMethod.AdaIn;

    /// <summary>How the source is enlarged.</summary>
    public ResizeFilter Enlargement { get; init; } = ResizeFilter.Bicubic;

    /// <summary>How many times larger the result is, in each direction.</summary>
    public int Scale { get; init; } = 4;

    /// <summary>The weights' license, empty where nobody says.</summary>
    public string License { get; init; } = "";

    /// <summary>What whoever uses the weights must know, or empty.</summary>
    public string Notice { get; init; } = "";

    /// <summary>Where to download the weights, for messages.</summary>
    public string Home { get; init; } = "";

    /// <summary>OSEDiff (Wu et al. 2024): the degraded latent taken as the noisiest one.</summary>
    public static OneStepRecipe OseDiff { get; } = new()
    {
        Name = "osediff",
        Timestep = 999,
        License = "Apache-2.0",
        Home = "github.com/cswry/OSEDiff",
    };

    /// <summary>PiSA-SR (Sun et al. 2025): a residual, with adapters for pixels and for detail.</summary>
    public static OneStepRecipe PisaSr { get; } = new()
    {
        Name = "pisasr",
        Timestep = 1,
        Prediction = OneStepPrediction.Residual,
        License = "Apache-2.0",
        Home = "github.com/csslc/PiSA-SR",
    };

    /// <summary>HYPIR (Lin et al. 2025): adapters of rank 256, wavelet colors.</summary>
    public static OneStepRecipe Hypir { get; } = new()
    {
        Name = "hypir",
        Timestep = 200,
        Alpha = null,
        ColorFix = ColorFixMethod.Wavelet,
        Enlargement = ResizeFilter.TorchBicubic,
        License = "LicenseRef-HYPIR-non-commercial",
        Notice = "HYPIR's weights are licensed by SupPixel for non-commercial use only",
        Home = "huggingface.co/lxq007/HYPIR",
    };

    /// <summary>The families with published values.</summary>
    public static IReadOnlyList<OneStepRecipe> Known { get; } = [OseDiff, PisaSr, Hypir];
}
