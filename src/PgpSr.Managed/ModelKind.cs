namespace PgpSr.Managed;

/// <summary>The kind of pipeline that runs a model.</summary>
public enum ModelKind
{
    /// <summary>One of this project's own small models: no text, no autoencoder, one or a few steps.</summary>
    Small,

    /// <summary>FaithDiff and its pruned forms: SDXL's latent space, text guidance, many steps.</summary>
    FaithDiff,

    /// <summary>Stable Diffusion's UNet, fine-tuned to restore in one evaluation: OSEDiff, PiSA-SR, HYPIR and similar models.</summary>
    OneStep,

    /// <summary>AdcSR: a pruned Stable Diffusion UNet on pixels, no text, one step.</summary>
    AdcSr,

    /// <summary>Real-ESRGAN and similar networks: convolutions on pixels, one pass.</summary>
    RealEsrgan,

    /// <summary>The Stable Diffusion x4 upscaler: text guidance, the picture beside the latent, many steps.</summary>
    X4Upscaler,

    /// <summary>LDM-SR: latent diffusion beside the picture, no text, many steps.</summary>
    LdmSr,
}
