namespace PgpSr.Testing;

/// <summary>The kinds of golden cases that tests know; a case of another kind fails the listing test.</summary>
public static class GoldenKinds
{
    /// <summary>A UNet evaluation.</summary>
    public const string Unet = "unet";

    /// <summary>A UNet evaluation with FaithDiff's stem.</summary>
    public const string FaithDiffUnet = "faithdiff_unet";

    /// <summary>An autoencoder: encoder features, posterior, decoded image.</summary>
    public const string Vae = "vae";

    /// <summary>A text encoder: penultimate states and pooled projection.</summary>
    public const string ClipText = "clip_text";

    /// <summary>Prompts and their token ids.</summary>
    public const string ClipTokens = "clip_tokens";

    /// <summary>A sampler's trajectory.</summary>
    public const string Scheduler = "scheduler";

    /// <summary>Forward noising.</summary>
    public const string AddNoise = "add_noise";

    /// <summary>Single operations.</summary>
    public const string Ops = "ops";

    /// <summary>Fourier transforms and the phase exchange.</summary>
    public const string Fft = "fft";

    /// <summary>Image resizing, color fixes and metrics.</summary>
    public const string Images = "images";

    /// <summary>Tile positions, weights and merges.</summary>
    public const string Tiles = "tiles";

    /// <summary>FaithDiff from image to image.</summary>
    public const string FaithDiffPipeline = "faithdiff_pipeline";

    /// <summary>Real-ESRGAN's network of residual dense blocks.</summary>
    public const string RrdbNet = "rrdbnet";

    /// <summary>Real-ESRGAN's compact network.</summary>
    public const string SrVgg = "srvgg";

    /// <summary>TAESD: encoded and decoded.</summary>
    public const string TinyAutoencoder = "tiny_autoencoder";

    /// <summary>Low-rank adapters merged into layers.</summary>
    public const string LoraMerge = "lora_merge";

    /// <summary>PyTorch's bicubic filters.</summary>
    public const string TorchResize = "torch_resize";

    /// <summary>A one-step restorer on Stable Diffusion 2.1 from enlarged picture to picture.</summary>
    public const string OneStepPipeline = "one_step_pipeline";

    /// <summary>AdcSR: pixels to pixels, its parts and its colors.</summary>
    public const string AdcSr = "adcsr";

    /// <summary>The Stable Diffusion x4 upscaler from picture to picture.</summary>
    public const string X4Pipeline = "x4_pipeline";

    /// <summary>LDM-SR's UNet.</summary>
    public const string LdmSrUnet = "ldm_sr_unet";

    /// <summary>A vector-quantized autoencoder.</summary>
    public const string Vq = "vq";

    /// <summary>DDIM with noise in every step.</summary>
    public const string DdimEta = "ddim_eta";

    /// <summary>LDM-SR from picture to picture.</summary>
    public const string LdmSrPipeline = "ldm_sr_pipeline";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
        [Unet, FaithDiffUnet, Vae, ClipText, ClipTokens, Scheduler, AddNoise, Ops, Fft, Images, Tiles, FaithDiffPipeline, RrdbNet, SrVgg,
            TinyAutoencoder, AdcSr, LoraMerge, TorchResize, OneStepPipeline, X4Pipeline, LdmSrUnet, Vq, DdimEta,
            LdmSrPipeline];
}
