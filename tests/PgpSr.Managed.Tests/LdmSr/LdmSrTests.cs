using PgpSr.Cpu;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Sampling;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Managed.Tests;

/// <summary>LDM-SR against the published code, and its folder through the public interface.</summary>
public sealed class LdmSrTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("pgpsr-ldmsr").FullName;
    readonly CpuBackend _cpu = CpuBackend.Create();

    public static IEnumerable<TheoryDataRow<string, string>> Cases() => GoldenPipelines.Of(GoldenKinds.LdmSrPipeline);

    public void Dispose()
    {
        _cpu.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Cases))]
    public void Every_stage_agrees(string path, string on)
    {
        using var golden = GoldenCase.Open(path);
        using Backend backend = on == "cpu" ? CpuBackend.Create() : new ReferenceBackend();
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        int steps = golden.Config.GetProperty("steps").GetInt32();
        var config = LdmUnetConfig.Read(golden.Config.GetProperty("unet"), golden.Name);
        var form = VqConfig.Read(golden.Config.GetProperty("vqvae"), golden.Name);
        using var unetSource = new GeneratedSource(golden.Seed, LdmUnet.Declare(config));
        using var vqSource = new GeneratedSource(golden.Seed, VqAutoencoder.Declare(form), "vqvae.");
        var vq = VqAutoencoder.Load(vqSource, backend, form);
        using var restorer = new LdmSrRestorer(
            LdmUnet.Load(unetSource, backend, config), vq, SchedulerConfig.Parse(golden.Config.GetProperty("scheduler"), golden.Name));
        int[] size = golden.Shape("input.image");
        var picture = ws.Upload([.. golden.Bytes("input.image").Select(value => 2 * value / 255f - 1)], new Shape(1, size[0], size[1], 3));
        // The start's noise, then each step's, side by side.
        var noise = golden.UploadMap(ws, "input.latent_noise");
        float[] stepNoise = golden.Singles("input.step_noise");
        int length = stepNoise.Length / steps;
        for (int i = 0; i < steps; i++)
        {
            var one = FeatureMaps.Upload(ws, stepNoise.AsSpan(i * length, length), golden.Shape("input.latent_noise"));
            noise = ws.ConcatChannels(noise, one);
        }
        float[] trajectory = golden.Singles("output.trajectory");
        int seen = 0;
        var z = restorer.Sample(ws, picture, noise, steps, step =>
        {
            float[] expected = trajectory[((step.Index + 1) * length)..((step.Index + 2) * length)];
            Tolerance.ForUnitSize(golden.Tolerance, expected).Assert($"step {step.Index}", expected, FeatureMaps.Download(ws, step.Sample));
            seen++;
        });
        Assert.Equal(steps, seen);
        Assert.Equal(golden.Integers("output.codes").Select(code => (int)code), vq.Codes(ws.Download(z)));
        golden.CheckMap("output.quantised", ws, vq.Quantize(ws, z));
        golden.CheckMap("output.decoded", ws, vq.Decode(ws, z));
        golden.CheckMap("output.decoded", ws, restorer.Restore(ws, picture, null, noise, steps, null));
    }

    [Fact]
    public void A_folder_restores_and_says_what_it_lacks()
    {
        WriteFolder();
        var image = TestPictures.Make(27, 21);
        using (var resolver = SuperResolver.Load(_folder, _cpu))
        {
            Assert.Equal((ModelKind.LdmSr, 2, 50), (resolver.Model.Kind, resolver.Model.Scale, resolver.Model.DefaultSteps));
            byte[] Run(UpscaleOptions options) => resolver.Upscale(image, options).Bytes.ToArray();
            byte[] plain = Run(new() { Steps = 2 });
            Assert.Equal(27 * 2 * 21 * 2 * 3, plain.Length);
            Assert.Equal(plain, Run(new() { Steps = 2 }));
            Assert.NotEqual(plain, Run(new() { Steps = 2, Seed = 1 }));
            Assert.NotEqual(plain, Run(new() { Steps = 3 }));
            foreach (var options in (UpscaleOptions[])[
                new() { Steps = 251 }, new() { Guidance = 2 }, new() { Prompt = new Prompt() }, new() { NoiseLevel = 1 }])
                Assert.Throws<ArgumentException>(() => resolver.Plan(64, 64, options));
            long least = Assert.Throws<MemoryBudgetException>(() => resolver.Plan(300, 200, new() { MemoryBudget = 1 << 20, Steps = 2 })).SmallestBytes;
            Assert.True(resolver.Plan(300, 200, new() { MemoryBudget = least, Steps = 2 }).PeakBytes <= least);
        }
        Assert.Throws<ArgumentException>(() => SuperResolver.Load(_folder, _cpu, new ModelOptions { Vae = "tiny" }));
        string config = Path.Combine(_folder, "unet", "config.json"), text = File.ReadAllText(config);
        File.WriteAllText(config, text.Replace("\"in_channels\": 6", "\"in_channels\": 4", StringComparison.Ordinal));
        Assert.Contains("belong to different models", Refused(), StringComparison.Ordinal);
        File.WriteAllText(config, text.Replace("\"AttnUpBlock2D\"", "\"CrossAttnUpBlock2D\"", StringComparison.Ordinal));
        Assert.Contains("up_block_types", Refused(), StringComparison.Ordinal);
        File.WriteAllText(config, text);
        string scheduler = Path.Combine(_folder, "scheduler", "scheduler_config.json");
        File.WriteAllText(scheduler, """{"_class_name": "EulerDiscreteScheduler", "beta_schedule": "scaled_linear"}""");
        Assert.Contains("DDIMScheduler", Refused(), StringComparison.Ordinal);
        File.Delete(scheduler);
        Assert.Contains("scheduler_config.json", Refused(), StringComparison.Ordinal);
        Directory.Delete(Path.Combine(_folder, "unet"), recursive: true);
        Assert.Contains("without 'unet'; download it from huggingface.co/CompVis", Refused(), StringComparison.Ordinal);
    }

    string Refused() => Assert.Throws<ConfigException>(() => SuperResolver.Load(_folder, _cpu)).Message;

    void WriteFolder()
    {
        using var golden = GoldenCase.Open(Goldens.Of(GoldenKinds.LdmSrPipeline).First());
        LdmSrFolders.Write(_folder, golden);
    }
}
