using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Safetensors;
using PgpSr.Sampling;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Managed.Tests;

/// <summary>Checkpoint folders: what is read, what is refused and in which words.</summary>
public sealed class FaithDiffFolderTests : IDisposable
{
    readonly string _folder = Path.Combine(Path.GetTempPath(), $"pgpsr-folder-{Guid.NewGuid():N}");

    public FaithDiffFolderTests() => Write(SmallFaithDiff.Config);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_folder_is_loaded_by_the_resolver_and_gives_what_the_same_weights_give_in_memory()
    {
        using var backend = CpuBackend.Create();
        using var resolver = SuperResolver.Load(_folder, backend, TestContext.Current.CancellationToken);
        Assert.Equal((ModelKind.FaithDiff, 4, 3), (resolver.Model.Kind, resolver.Model.Scale, resolver.Model.DefaultSteps));
        Assert.Equal(64, resolver.Model.Sha256.Length);
        var source = SmallFaithDiff.Picture(11, 9);
        var settings = new FaithDiffSettings { Steps = 3, Guidance = 2, Scheduler = new SchedulerConfig { Spacing = TimestepSpacing.Trailing } };
        using var inMemory = SmallFaithDiff.Resolver(backend, SmallFaithDiff.Checkpoint(settings));
        Assert.Equal(inMemory.Upscale(source).Bytes.ToArray(), resolver.Upscale(source).Bytes.ToArray());
    }

    [Fact]
    public void Settings_scheduler_and_placement_of_adapters_are_read()
    {
        File.WriteAllText(At("pgpsr.json"), """
            {"steps": 7, "guidance": 1.5, "start": "noise", "latent_tile": 64, "size_target": 512, "scale": 2, "color_fix": "wavelet", "phase": "none",
             "one_step": {"timestep": 100, "noised_start": true}}
            """);
        var checkpoint = FaithDiffFolder.Open(_folder);
        var expected = new FaithDiffSettings
        {
            Steps = 7, Guidance = 1.5f, Start = FaithDiffStart.Noise, LatentTile = 64, SizeTarget = 512, Scale = 2, ColorFix = ColorFixMethod.Wavelet,
            Phase = PhasePlacement.None, OneStep = OneStep.FromNoised, Scheduler = checkpoint.Settings.Scheduler,
        };
        Assert.Equal(expected, checkpoint.Settings);
        Assert.Equal(TimestepSpacing.Trailing, checkpoint.Settings.Scheduler.Spacing);
        Assert.Equal(SmallFaithDiff.Config.LqEncoder.Channels, checkpoint.Config.LqEncoder.Channels);
        Write(SmallFaithDiff.Config with { Phase = PhasePlacement.Decoder });
        Assert.Equal(PhasePlacement.Decoder, FaithDiffFolder.Open(_folder).Config.Phase);
    }

    [Theory]
    [InlineData("""{"steps": 0}""", "steps is 0; expected a whole number of 1 to 1000")]
    [InlineData("""{"stpes": 3}""", "unknown setting stpes")]
    [InlineData("""{"start": "middle"}""", "start is \"middle\"; expected 'degraded', 'noise'")]
    [InlineData("""{"one_step": {"timestep": 1000}}""", "timestep is 1000; expected a whole number of 0 to 999")]
    [InlineData("""{"phase": "stem"}""", "phase is Stem, the keys")]
    [InlineData("[]", "expected a JSON object")]
    [InlineData("{", "is not valid JSON")]
    public void A_setting_that_cannot_be_followed_is_refused_by_name(string json, string message)
    {
        File.WriteAllText(At("pgpsr.json"), json);
        var refusal = Assert.Throws<ConfigException>(() => FaithDiffFolder.Open(_folder));
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("pgpsr.json", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_its_own_tensors_the_way_to_them_is_told()
    {
        File.Delete(At("faithdiff.safetensors"));
        Assert.Contains("put them beside it as faithdiff.safetensors", Assert.Throws<ConfigException>(() => FaithDiffFolder.Open(_folder)).Message, StringComparison.Ordinal);
        File.WriteAllText(At("FaithDiff.bin"), "");
        Assert.Contains("pgpsr convert FaithDiff.bin faithdiff.safetensors", Assert.Throws<ConfigException>(() => FaithDiffFolder.Open(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_that_is_missing_is_named()
    {
        Directory.Delete(At("text_encoder_2"), recursive: true);
        Assert.Contains("text_encoder_2", Assert.Throws<ConfigException>(() => FaithDiffFolder.Open(_folder)).Message, StringComparison.Ordinal);
        Directory.Delete(At("text_encoder"), recursive: true);
        using var backend = CpuBackend.Create();
        using var pipeline = FaithDiffPipeline.Load(_folder, backend);
        var refusal = Assert.Throws<ArgumentException>(() => pipeline.Plan(SmallFaithDiff.Request(SmallFaithDiff.Picture(8, 8), new UpscaleOptions())));
        Assert.Equal("Prompt", refusal.ParamName);
        var shape = new Shape(2, 77, 128);
        new PromptEmbeddings(new float[shape.Count], shape, new float[2 * 64]).Save(At("prompt.safetensors"));
        using var again = FaithDiffPipeline.Load(_folder, backend);
        Assert.Equal(32 * 32 * 3, SmallFaithDiff.Run(again, SmallFaithDiff.Picture(8, 8), new UpscaleOptions()).Rows.Length);
        Directory.Delete(At("vae"), recursive: true);
        Assert.Contains("'vae'", Assert.Throws<ConfigException>(() => FaithDiffFolder.Open(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prompt_of_the_folder_that_is_longer_than_an_encoders_is_planned_and_run_at_its_length()
    {
        var shape = new Shape(2, 150, 128);
        var random = new Random(4);
        float[] states = [.. Enumerable.Range(0, (int)shape.Count).Select(_ => random.NextSingle())];
        new PromptEmbeddings(states, shape, new float[2 * 64]).Save(At("prompt.safetensors"));
        using var backend = CpuBackend.Create();
        using var pipeline = FaithDiffPipeline.Load(_folder, backend);
        var source = SmallFaithDiff.Picture(8, 8);
        var (plan, rows, context) = SmallFaithDiff.Run(pipeline, source, new UpscaleOptions());
        Assert.Equal(32 * 32 * 3, rows.Length);
        Assert.True(context.PeakBytes <= plan.PeakBytes, $"planned {plan.PeakBytes}, held {context.PeakBytes}");
        var given = new Prompt { Embeddings = PromptEmbeddings.Load(At("prompt.safetensors")) };
        Assert.Equal(rows, SmallFaithDiff.Run(pipeline, source, new UpscaleOptions { Prompt = given }).Rows);
    }

    [Fact]
    public void Loading_can_be_cancelled()
    {
        using var backend = CpuBackend.Create();
        Assert.ThrowsAny<OperationCanceledException>(() => SuperResolver.Load(_folder, backend, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Tensors_that_do_not_fit_are_listed_when_the_folder_is_loaded_not_when_a_picture_comes()
    {
        var tensors = FaithDiffModel.Declare(SmallFaithDiff.Config).Where(IsOwn).ToList();
        tensors.RemoveAll(tensor => tensor.Name == "spatial_ch_projs.bias");
        tensors.Add(new TensorDeclaration("spatial_ch_projs.extra", new Shape(3)));
        WriteWeights("faithdiff.safetensors", new GeneratedSource(SmallFaithDiff.Seed, tensors), tensors);
        using var backend = CpuBackend.Create();
        var refusal = Assert.Throws<WeightsException>(() => SuperResolver.Load(_folder, backend, TestContext.Current.CancellationToken));
        Assert.Equal(["spatial_ch_projs.bias", "spatial_ch_projs.extra"], refusal.Problems.Select(problem => problem.Name).Order());
    }

    string At(string part) => Path.Combine(_folder, part);

    static bool IsOwn(TensorDeclaration tensor) => !s_unet.Contains(tensor.Name);

    static readonly HashSet<string> s_unet = [.. Unet.Declare(SmallFaithDiff.Unet).Select(tensor => tensor.Name)];

    void Write(FaithDiffConfig config)
    {
        var tensors = FaithDiffModel.Declare(config);
        using var denoiser = new GeneratedSource(SmallFaithDiff.Seed, tensors);
        WriteWeights("unet/diffusion_pytorch_model.safetensors", denoiser, tensors.Where(tensor => !IsOwn(tensor)));
        WriteWeights("faithdiff.safetensors", denoiser, tensors.Where(IsOwn));
        WriteText("unet/config.json", UnetConfigJson.WriteDiffusers(config.Unet));
        using var vae = new GeneratedSource(SmallFaithDiff.Seed, AutoencoderKl.Declare(SmallFaithDiff.Vae), "vae.");
        WriteWeights("vae/diffusion_pytorch_model.safetensors", vae, AutoencoderKl.Declare(SmallFaithDiff.Vae));
        WriteText("vae/config.json", """{"block_out_channels": [32, 32, 32, 32], "layers_per_block": 1, "scaling_factor": 0.13025}""");
        foreach (bool second in new[] { false, true })
        {
            string folder = second ? "text_encoder_2" : "text_encoder";
            var text = second ? SmallFaithDiff.SecondText : SmallFaithDiff.FirstText;
            using var source = new GeneratedSource(SmallFaithDiff.Seed, ClipTextEncoder.Declare(text), folder + ".");
            WriteWeights($"{folder}/model.safetensors", source, ClipTextEncoder.Declare(text));
            WriteText($"{folder}/config.json", $$"""
                {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 1, "intermediate_size": 64, "projection_dim": 64, "hidden_act": "{{(second ? "gelu" : "quick_gelu")}}"}
                """);
        }
        WriteText("scheduler/scheduler_config.json", """{"_class_name": "EulerDiscreteScheduler", "beta_schedule": "scaled_linear", "timestep_spacing": "trailing", "steps_offset": 1}""");
        WriteText("pgpsr.json", """{"steps": 3, "guidance": 2}""");
    }

    void WriteText(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(file))!);
        File.WriteAllText(At(file), text);
    }

    void WriteWeights(string file, GeneratedSource source, IEnumerable<TensorDeclaration> tensors)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(file))!);
        var writer = new SafetensorsWriter();
        foreach (var tensor in tensors)
        {
            var axes = new int[Shape.MaxRank];
            tensor.Shape.CopyTo(axes);
            writer.Add(tensor.Name, SafetensorsDType.Float32, [.. axes.Take(tensor.Shape.Rank).Select(axis => (long)axis)], source.Read(tensor.Name).Bytes.ToArray());
        }
        writer.Write(At(file));
    }
}
