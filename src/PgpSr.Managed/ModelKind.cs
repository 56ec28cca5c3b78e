namespace PgpSr.Managed;

/// <summary>Which pipeline a model runs in.</summary>
public enum ModelKind
{
    /// <summary>One of this project's own small models: no text, no autoencoder, one or a few steps.</summary>
    Small,

    /// <summary>FaithDiff and its pruned forms: SDXL's latent space, text guidance, many steps.</summary>
    FaithDiff,

    /// <summary>Stable Diffusion's UNet, tuned to restore in one evaluation: OSEDiff, PiSA-SR, HYPIR and their relatives.</summary>
    OneStep,

    /// <summary>AdcSR: a pruned Stable Diffusion UNet on pixels, no text, one step.</summary>
    AdcSr,

    /// <summary>Real-ESRGAN's networks and their relatives: convolutions on pixels, one pass.</summary>
    RealEsrgan,

    /// <summary>Stable Diffusion's x4 upscaler: text guidance, the picture beside the latent, many steps.</summary>
    X4Upscaler,

    /// <summary>LDM-SR: latent diffusion beside the picture, no text, many steps.</summary>
    LdmSr,
}
