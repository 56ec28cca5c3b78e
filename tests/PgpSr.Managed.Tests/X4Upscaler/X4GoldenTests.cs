using PgpSr.Cpu;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Sampling;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Managed.Tests;

/// <summary>The Stable Diffusion x4 upscaler from picture to picture against the published code.</summary>
public sealed class X4GoldenTests
{
    public static IEnumerable<TheoryDataRow<string, string>> Cases() => GoldenPipelines.Of(GoldenKinds.X4Pipeline);

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Cases))]
    public void Every_stage_agrees(string path, string on)
    {
        using var golden = GoldenCase.Open(path);
        using Backend backend = on == "cpu" ? CpuBackend.Create() : new ReferenceBackend();
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        int steps = golden.Config.GetProperty("steps").GetInt32();
        float guidance = golden.Config.GetProperty("guidance_scale").GetSingle();
        var checkpoint = Checkpoint(golden);
        using var networks = Networks(golden, checkpoint, backend);
        using var restorer = new X4Restorer(networks, checkpoint, networks.Prompt, guidance, golden.Config.GetProperty("noise_level").GetInt32());
        Assert.Equal(golden.Integers("output.timesteps").Select(t => (double)t), restorer.Timesteps(steps));

        int[] size = golden.Shape("input.image");
        var picture = ws.Upload([.. golden.Bytes("input.image").Select(value => 2 * value / 255f - 1)], new Shape(1, size[0], size[1], 3));
        Tensor pictureNoise = golden.UploadMap(ws, "input.image_noise"), noise = golden.UploadMap(ws, "input.latent_noise");
        var covered = restorer.Cover(ws, picture, pictureNoise);
        golden.CheckMap("output.noised_image", ws, covered);
        float[] trajectory = golden.Singles("output.trajectory");
        int latent = trajectory.Length / (steps + 1);
        int seen = 0, evaluations = 0;
        var z = restorer.Sample(ws, covered, noise, steps, step =>
        {
            float[] expected = trajectory[((step.Index + 1) * latent)..((step.Index + 2) * latent)];
            Tolerance.ForUnitSize(golden.Tolerance, expected).Assert($"step {step.Index}", expected, FeatureMaps.Download(ws, step.Sample));
            seen++;
        }, evaluating: () => evaluations++);
        Assert.Equal((steps, steps * (guidance > 1 ? 2 : 1)), (seen, evaluations));
        golden.CheckMap("output.decoded", ws, networks.Vae.Decode(ws, z));

        // The whole way at once, to the pixels: where a float lies at a level's edge, its last bits decide.
        var restored = restorer.Restore(ws, picture, null, ws.ConcatChannels(pictureNoise, noise), steps, null);
        byte[] expectedPixels = golden.Bytes("output.picture");
        float[] result = ws.Download(restored);
        int off = 0;
        for (int i = 0; i < result.Length; i++)
        {
            double level = Math.Round(Math.Clamp((result[i] + 1) / 2, 0, 1) * 255);
            Assert.InRange(level - expectedPixels[i], -1, 1);
            if (level != expectedPixels[i]) off++;
        }
        Assert.InRange(off, 0, result.Length / 50);
    }

    static X4Checkpoint Checkpoint(GoldenCase golden) => new()
    {
        Parts = PipelineParts.Find(Path.GetTempPath())!,
        Unet = UnetConfigJson.Read(golden.Config.GetProperty("unet"), golden.Name),
        Vae = AutoencoderConfig.Read(golden.Config.GetProperty("vae"), golden.Name),
        Scheduler = SchedulerConfig.Parse(golden.Config.GetProperty("scheduler"), golden.Name),
        PictureNoise = NoiseSchedule.ScaledLinear(0.0001, 0.02, 1000),
        MaxNoiseLevel = golden.Config.GetProperty("max_noise_level").GetInt32(),
    };

    static X4Networks Networks(GoldenCase golden, X4Checkpoint checkpoint, Backend backend)
    {
        using var unet = new GeneratedSource(golden.Seed, Unet.Declare(checkpoint.Unet));
        using var vae = new GeneratedSource(golden.Seed, AutoencoderKl.Declare(checkpoint.Vae), "vae.");
        return new X4Networks(Unet.Load(unet, backend, checkpoint.Unet), AutoencoderKl.Load(vae, backend, checkpoint.Vae))
        {
            Prompt = new PromptEmbeddings(
                golden.Singles("input.encoder_hidden_states"), new Shape(golden.Shape("input.encoder_hidden_states")), default),
            TextBytes = 0,
        };
    }
}
