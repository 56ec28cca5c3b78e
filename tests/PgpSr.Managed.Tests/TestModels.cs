using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Managed.Tests;

/// <summary>Tiny models of generated weights, one for each way a small model can work.</summary>
static class TestModels
{
    public static PgpConfig Residual { get; } = Config(PgpInput.Degraded, PgpPrediction.Residual, scale: 4, patch: 4, steps: 1);

    public static PgpConfig Config(PgpInput input, PgpPrediction prediction, int scale, int patch, int steps, bool noised = false)
    {
        int latent = 3 * patch * patch, degraded = 3 * (patch / scale) * (patch / scale);
        return new PgpConfig
        {
            Unet = new UnetConfig
            {
                InChannels = input switch { PgpInput.Degraded => degraded, PgpInput.Latent => latent, _ => latent + degraded },
                OutChannels = latent,
                NormGroups = 4,
                Down = [new(8, 1, [UnetStageConfig.NoTransformer], true), new(16, 1, [UnetStageConfig.NoTransformer], false)],
                Middle = new(16, 1, UnetStageConfig.NoTransformer),
                Up = [new(16, 1, [UnetStageConfig.NoTransformer, UnetStageConfig.NoTransformer], true),
                    new(8, 1, [UnetStageConfig.NoTransformer, UnetStageConfig.NoTransformer], false)],
            },
            Phase = PhasePlacement.Stem,
            Scale = scale,
            PatchFactor = patch,
            GuideChannels = 8,
            Input = input,
            Prediction = prediction,
            Steps = steps,
            Timestep = 300,
            NoisedStart = noised,
        };
    }

    public static SuperResolver Load(PgpConfig config, Backend backend, Func<string, float[], float[]>? change = null)
    {
        using var source = new EditedSource(new GeneratedSource(7, PgpModel.Declare(config)), change ?? Quiet);
        var info = PipelineLoader.Describe("test", "generated", config, new Dictionary<string, string>(),
            new CheckpointHash(() => new MemoryStream([1, 2, 3])));
        return new SuperResolver(new TilePipeline(new SmallRestorer(PgpModel.Load(source, backend, config)), info, backend)) { Poison = true };
    }

    // Generated weights predict numbers of about 1; what a trained model adds to an enlarged picture is some hundredths.
    public static float[] Quiet(string name, float[] values) =>
        name is "conv_out.weight" or "conv_out.bias" ? [.. values.Select(v => v * 0.05f)] : values;
}
