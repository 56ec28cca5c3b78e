using System.Collections.Immutable;
using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Managed.Tests;

/// <summary>A FaithDiff checkpoint that runs in a moment: SDXL's form with few channels, generated weights, text encoders of two layers.</summary>
static class SmallFaithDiff
{
    public const long Seed = 7;

    public static UnetConfig Unet { get; } = new()
    {
        Down = [new(32, 1, [-1], true), new(64, 1, [1], false)],
        Middle = new(64, 1, 1),
        Up = [new(64, 1, [1, 1], true), new(32, 1, [-1, -1], false)],
        ContextChannels = 64 + 64,
        AddedCondition = new(8, 64),
        NormGroups = 16,
    };

    public static FaithDiffConfig Config { get; } =
        new() { Unet = Unet, LqEncoder = new AutoencoderConfig { Channels = [32, 32, 32, 512], LayersPerBlock = 1 } };

    public static AutoencoderConfig Vae { get; } = new() { Channels = [32, 32, 32, 32], LayersPerBlock = 1 };

    public static ClipConfig FirstText { get; } =
        new() { Width = 64, Layers = 2, Heads = 1, MlpWidth = 64, Activation = Activation.QuickGelu, Vocabulary = 49408 };

    public static ClipConfig SecondText { get; } = FirstText with { Activation = Activation.Gelu, ProjectionWidth = 64 };

    /// <summary>In memory.</summary>
    public static FaithDiffCheckpoint Checkpoint(FaithDiffSettings? settings = null, FaithDiffConfig? config = null, Func<WeightSource,
        WeightSource>? vae = null, Func<WeightSource, WeightSource>? denoiser = null)
    {
        config ??= Config;
        return new FaithDiffCheckpoint
        {
            Path = "small",
            Settings = settings ?? new FaithDiffSettings { Steps = 2 },
            Config = config,
            Vae = Vae,
            Text = (FirstText, SecondText),
            OpenDenoiser = () => Changed(denoiser, new GeneratedSource(Seed, FaithDiffModel.Declare(config))),
            OpenVae = () => Changed(vae, new GeneratedSource(Seed, AutoencoderKl.Declare(Vae), "vae.")),
            OpenText = second =>
                new GeneratedSource(Seed, ClipTextEncoder.Declare(second ? SecondText : FirstText), second ? "text_encoder_2." : "text_encoder."),
            Hash = new CheckpointHash([]),
        };

        static WeightSource Changed(Func<WeightSource, WeightSource>? change, WeightSource source) => change is null ? source : change(source);
    }

    public static FaithDiffPipeline Pipeline(Backend backend, FaithDiffCheckpoint? checkpoint = null) =>
        new(new FaithDiffNetworks(checkpoint ?? Checkpoint(), backend), backend);

    public static SuperResolver Resolver(Backend backend, FaithDiffCheckpoint? checkpoint = null) => new(Pipeline(backend, checkpoint));

    /// <summary>A picture with a gradient, a wave and edges.</summary>
    public static Image Picture(int width, int height, int channels = 3, int bitDepth = 8)
    {
        var image = new Image(width, height, channels, bitDepth);
        int sample = bitDepth / 8;
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                for (int c = 0; c < channels; c++)
                {
                    double value = 90 + 60 * Math.Sin(0.3 * x + 0.2 * y + c) + 40.0 * x / width + ((x / 5 + y / 7) % 2 == 0 ? 25 : 0);
                    int at = ((y * width + x) * channels + c) * sample;
                    image.Bytes[at + sample - 1] = (byte)value; // the high byte of 16-bit samples
                }
        return image;
    }

    /// <summary>Runs a pipeline's plan and gathers its rows.</summary>
    public static (FaithDiffPlan Plan, float[] Rows, RunContext Context) Run(FaithDiffPipeline pipeline, Image source, UpscaleOptions options,
        int scale = 4, IProgress<UpscaleProgress>? progress = null, CancellationToken cancellation = default)
    {
        var request = Request(source, options, scale);
        var plan = (FaithDiffPlan)pipeline.Plan(request);
        var context = new RunContext(progress, plan.MultiplyAdds, cancellation) { Poison = true };
        var rows = new List<float>();
        pipeline.Run(plan, source, part => rows.AddRange(part), context);
        return (plan, [.. rows], context);
    }

    public static PipelineRequest Request(Image source, UpscaleOptions options, int scale = 4) =>
        new(source.Width, source.Height, source.Width * scale, source.Height * scale, options, 0, options.MemoryBudget ?? long.MaxValue);

    /// <summary>Ids of a short prompt: start, words, end, padding.</summary>
    public static ImmutableArray<int> Tokens(params ReadOnlySpan<int> words)
    {
        int[] ids = [.. FaithDiffText.Empty];
        words.CopyTo(ids.AsSpan(1));
        return [.. ids];
    }
}
