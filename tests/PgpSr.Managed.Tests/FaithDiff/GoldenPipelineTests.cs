using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Sampling;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Managed.Tests;

/// <summary>The whole pipeline against the published code, every value on the way, tiled and not.</summary>
public sealed class GoldenPipelineTests
{
    public static IEnumerable<TheoryDataRow<string, string>> Cases() => GoldenPipelines.Of(GoldenKinds.FaithDiffPipeline);

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Cases))]
    public void Every_stage_is_the_published_pipelines(string path, string on)
    {
        using var golden = GoldenCase.Open(path);
        using Backend backend = on == "cpu" ? CpuBackend.Create() : new ReferenceBackend();
        using var networks = new FaithDiffNetworks(Checkpoint(golden), backend);
        int[] size = golden.Shape("input.lq");
        var source = new Image(size[1], size[0], 3);
        golden.Bytes("input.lq").CopyTo(source.Bytes);
        int scale = golden.Config.GetProperty("scale").GetInt32();
        var options = new UpscaleOptions { Prompt = new Prompt { Embeddings = Prompt(golden) } };
        var request = new PipelineRequest(size[1], size[0], size[1] * scale, size[0] * scale, options, 0, long.MaxValue);
        var sampling = FaithDiffSampling.Create(networks.Checkpoint.Settings, options.Steps, options.Guidance, golden.Name);
        var plan = FaithDiffPlanner.Plan(networks, backend, golden.Name, request, sampling, needsText: false);
        float[]? afterFirst = null;
        var run = new FaithDiffRun(networks, backend, golden.Name, plan, source, Noise(golden),
            new RunContext(null, plan.MultiplyAdds, TestContext.Current.CancellationToken) { Poison = true })
        {
            Observe = step => afterFirst ??= Download(backend, step.Sample),
        };

        Assert.Equal(golden.Bytes("output.upscaled_lq"), run.Reference.Bytes.ToArray());
        var degraded = run.EncodeLatent();
        var features = run.EncodeFeatures();
        Check("output.lq_features", features);
        var noise = run.Noise();
        var begin = sampling.Begin(degraded, noise);
        Check("output.z_start", begin);
        var latent = run.Sample(options.Prompt.Embeddings, features, begin, noise);
        Check("output.z_after_first_step", afterFirst!);
        Check("output.z_final", latent);
        var pixels = new List<float>();
        run.Decode(latent, rows => pixels.AddRange(rows));
        float[] picture = [.. pixels.Select(x => Math.Clamp(x * 0.5f + 0.5f, 0, 1))];
        Check("output.image", picture);
        // The published color fix begins with the picture in 8 bits. The stored picture is taken: where it lies between two levels, our last bit may
        // choose the other one.
        int[] axes = golden.Shape("output.image");
        ChannelsLast.FromChannelsFirst(golden.Singles("output.image"), 1, 3, axes[1] * axes[2], picture);
        for (int i = 0; i < picture.Length; i++) picture[i] = MathF.Round(picture[i] * byte.MaxValue) / byte.MaxValue;
        float[] reference = [.. run.Reference.Bytes.ToArray().Select(v => (float)v / byte.MaxValue)];
        ColorFix.AdaIn(picture, reference, 3);
        for (int i = 0; i < picture.Length; i++) picture[i] = Math.Clamp(picture[i], 0, 1);
        Check("output.colour_fixed", picture);

        void Check(string name, float[] channelsLast)
        {
            int[] axes = golden.Shape(name);
            int channels = axes[^3];
            var turned = new float[channelsLast.Length];
            ChannelsLast.ToChannelsFirst(channelsLast, 1, channels, channelsLast.Length / channels, turned);
            TestContext.Current.TestOutputHelper?.WriteLine($"{golden.Name} {name} on {on}: {golden.Check(name, turned)}");
        }
    }

    static FaithDiffCheckpoint Checkpoint(GoldenCase golden)
    {
        var json = golden.Config;
        var config = new FaithDiffConfig { Unet = UnetConfigJson.Read(json.GetProperty("unet"), golden.Name) };
        var vae = AutoencoderConfig.Read(json.GetProperty("vae"), golden.Name);
        return new FaithDiffCheckpoint
        {
            Path = golden.Name,
            Settings = new FaithDiffSettings
            {
                Steps = json.GetProperty("steps").GetInt32(),
                Guidance = json.GetProperty("guidance_scale").GetSingle(),
                Start = json.GetProperty("start").GetString() == "lr" ? FaithDiffStart.Degraded : FaithDiffStart.Noise,
                LatentTile = json.GetProperty("latent_tile").GetInt32(),
                SizeTarget = json.GetProperty("time_ids_target").GetInt32(),
                Scheduler = SchedulerConfig.Parse(json.GetProperty("scheduler"), golden.Name),
            },
            Config = config,
            Vae = vae,
            OpenDenoiser = () => new GeneratedSource(golden.Seed, FaithDiffModel.Declare(config)),
            OpenVae = () => new GeneratedSource(golden.Seed, AutoencoderKl.Declare(vae), "vae."),
            Hash = new CheckpointHash([]),
        };
    }

    static PromptEmbeddings Prompt(GoldenCase golden) =>
        new(golden.Singles("input.encoder_hidden_states"), new Shape(golden.Shape("input.encoder_hidden_states")),
            golden.Singles("input.text_embeds"));

    // The stored noise at its place, whatever tile asks.
    static NoiseField Noise(GoldenCase golden)
    {
        int[] axes = golden.Shape("input.noise");
        int height = axes[2], width = axes[3];
        return (field, row, column, rows, columns, channels, destination) =>
        {
            float[] stored = golden.Singles(field == FaithDiffSampling.StartField ? "input.noise" : "input.posterior_noise");
            for (int y = 0, i = 0; y < rows; y++)
                for (int x = 0; x < columns; x++)
                    for (int c = 0; c < channels; c++) destination[i++] = stored[(c * height + row + y) * width + column + x];
        };
    }

    static float[] Download(Backend backend, Tensor tensor)
    {
        var values = new float[tensor.Shape.Count];
        backend.Download(tensor, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
