namespace PgpSr.Pruning;

/// <summary>Kinds of models that can be measured and pruned.</summary>
enum CheckpointKind
{
    /// <summary>One of this project's own models: one file with <c>pgpsr.config</c> in its metadata.</summary>
    Small,

    /// <summary>An SDXL UNet alone.</summary>
    Unet,

    /// <summary>An SDXL UNet with FaithDiff's extras: LQ encoder, stem, and phase-exchange adapters where there are some.</summary>
    FaithDiff,

    /// <summary>AdcSR: a pruned UNet on pixels and half a decoder.</summary>
    AdcSr,

    /// <summary>A one-step restorer on Stable Diffusion in one file, adapters merged.</summary>
    OneStep,

    /// <summary>Stable Diffusion's x4 upscaler, its folder or one file.</summary>
    X4Upscaler,
}
