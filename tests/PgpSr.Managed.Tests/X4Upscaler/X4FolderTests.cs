using System.Collections.Immutable;
using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Managed.Tests;

/// <summary>The x4 upscaler's folder as people have it, through the public interface.</summary>
public sealed class X4FolderTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("pgpsr-x4").FullName;
    readonly CpuBackend _backend = CpuBackend.Create();

    public X4FolderTests()
    {
        using var golden = GoldenCase.Open(Goldens.Of(GoldenKinds.X4Pipeline).First());
        X4Folders.Write(_folder, golden);
    }

    public void Dispose()
    {
        _backend.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_picture_comes_out_four_times_as_large()
    {
        using var resolver = Load();
        Assert.Equal((ModelKind.X4Upscaler, 4, 20), (resolver.Model.Kind, resolver.Model.Scale, resolver.Model.DefaultSteps));
        var image = TestPictures.Make(27, 21);
        byte[] plain = Run(resolver, image, new());
        Assert.Equal(27 * 4 * 21 * 4 * 3, plain.Length);
        Assert.Equal(plain, Run(resolver, image, new()));
        foreach (var other in (UpscaleOptions[])[new() { Seed = 1 }, new() { NoiseLevel = 60 }, new() { Steps = 3 }])
            Assert.NotEqual(plain, Run(resolver, image, other));
    }

    [Fact]
    public void Text_guides_it_and_a_saved_prompt_stands_for_the_text_encoder()
    {
        var image = TestPictures.Make(16, 16);
        var prompt = new Prompt { Tokens = Ids(2368), NegativeTokens = Ids(500) };
        byte[] guided, empty;
        PromptEmbeddings rows;
        using (var resolver = Load())
        {
            empty = Run(resolver, image, new());
            guided = Run(resolver, image, new() { Prompt = prompt, Guidance = 4 });
            Assert.NotEqual(empty, guided);
            // Guidance of 1 and less does not look at the negative prompt.
            Assert.Equal(Run(resolver, image, new() { Prompt = prompt with { NegativeTokens = [] }, Guidance = 1 }),
                Run(resolver, image, new() { Prompt = prompt, Guidance = 0.5f }));
            rows = Sd2Text.Encode(_folder, _backend, [.. prompt.NegativeTokens, .. prompt.Tokens], default);
            Assert.Equal(guided, Run(resolver, image, new() { Prompt = new Prompt { Embeddings = rows }, Guidance = 4 }));
            // The empty prompt against itself guides nowhere: half the work gives the same.
            var nothing = new Prompt { Tokens = Sd2Text.EmptyIds };
            byte[] twice = Run(resolver, image, new() { Prompt = nothing, Guidance = 4 });
            Assert.True(empty.Zip(twice).All(pair => Math.Abs(pair.First - pair.Second) <= 1));
            var plan = resolver.Plan(16, 16, new() { Prompt = prompt });
            // Twice the UNet, once the decoder.
            Assert.InRange(plan.MultiplyAdds / (double)resolver.Plan(16, 16).MultiplyAdds, 1.5, 2);
        }
        rows.Save(Path.Combine(_folder, "prompt.safetensors"));
        Directory.Delete(Path.Combine(_folder, "text_encoder"), recursive: true);
        using var saved = Load();
        Assert.Equal(guided, Run(saved, image, new() { Guidance = 4 }));
        Assert.Contains("prompt.safetensors", Refused(saved, new() { Prompt = prompt }), StringComparison.Ordinal);
    }

    [Fact]
    public void The_text_encoder_is_counted_where_it_has_something_to_encode()
    {
        const long much = 1L << 40;
        var checkpoint = X4Folder.Open(_folder);
        var networks = checkpoint.Load(_backend, default);
        Assert.InRange(networks.TextBytes, 49408 * 32 * 4, 4 * 49408 * 32 * 4);
        var larger = new X4Networks(networks.Unet, networks.Vae) { Prompt = networks.Prompt, TextBytes = much };
        using var resolver = new SuperResolver(new X4Pipeline(checkpoint, larger, _backend));
        Assert.InRange(resolver.Plan(16, 16).PeakBytes, 1, much);
        var options = new UpscaleOptions { Prompt = new Prompt { Tokens = Ids(2368) } };
        Assert.True(resolver.Plan(16, 16, options).PeakBytes > much);
        Assert.Throws<MemoryBudgetException>(() => resolver.Plan(16, 16, options with { MemoryBudget = much }));
    }

    [Fact]
    public void Options_that_do_not_fit_are_refused()
    {
        using var resolver = Load();
        Assert.Contains("0 to 99", Refused(resolver, new() { NoiseLevel = 100 }), StringComparison.Ordinal);
        Assert.Contains("without a prompt", Refused(resolver, new() { Guidance = 3 }), StringComparison.Ordinal);
        Assert.Contains("expected 0 or more", Refused(resolver, new() { Guidance = float.NaN }), StringComparison.Ordinal);
        Assert.Contains("token ids", Refused(resolver, new() { Prompt = new Prompt { Tokens = [1, 2] } }), StringComparison.Ordinal);
        var other = new PromptEmbeddings(new float[77 * 8], new Shape(1, 77, 8), default);
        Assert.Contains("[rows, tokens, 32]", Refused(resolver, new() { Prompt = new Prompt { Embeddings = other } }), StringComparison.Ordinal);
        Assert.Contains("Steps", Refused(resolver, new() { Steps = 1001 }), StringComparison.Ordinal);
        using var small = SuperResolver.Load(_backend);
        Assert.Contains("NoiseLevel", Refused(small, new() { NoiseLevel = 20 }), StringComparison.Ordinal);
        var prompt = new UpscaleOptions { Prompt = new Prompt { Tokens = Ids(1) }, MemoryBudget = 1 << 20 };
        long least = Assert.Throws<MemoryBudgetException>(() => resolver.Plan(300, 200, prompt)).SmallestBytes;
        Assert.True(resolver.Plan(300, 200, prompt with { MemoryBudget = least }).PeakBytes <= least);
    }

    [Fact]
    public void Tiles_join_and_a_run_can_be_stopped()
    {
        using var resolver = Load();
        var image = TestPictures.Make(90, 40);
        Assert.Equal(90 * 4 * 40 * 4 * 3, Run(resolver, image, new() { Tile = 64, Steps = 1 }).Length);
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(
            () => { resolver.Upscale(image, new UpscaleOptions { Tile = 64, Steps = 1 }, new Stopper(stop), stop.Token); });
    }

    [Fact]
    public void Steps_that_reuse_deep_features_do_less_and_give_another_picture_of_the_same_bytes_every_time()
    {
        using var resolver = Load();
        var image = TestPictures.Make(27, 21);
        var prompt = new Prompt { Tokens = Ids(2368) };
        var options = new UpscaleOptions { Steps = 4, Prompt = prompt, Guidance = 4 };
        byte[] whole = Run(resolver, image, options), reused = Run(resolver, image, options with { Reuse = 2 });
        Assert.Equal(whole, Run(resolver, image, options with { Reuse = 1 }));
        Assert.NotEqual(whole, reused);
        Assert.Equal(reused, Run(resolver, image, options with { Reuse = 2 }));
        // Steps 0 and 2 are complete; 1 and 3 are what remains of a run in which the first alone is.
        long all = Work(1), first = Work(4), half = Work(2);
        Assert.True(first < half && half < all);
        Assert.Equal(2 * (all - first), 3 * (all - half));
        Assert.Contains("one step", Refused(resolver, new() { Steps = 1, Reuse = 2 }), StringComparison.Ordinal);

        long Work(int reuse) => resolver.Plan(27, 21, options with { Reuse = reuse }).MultiplyAdds;
    }

    [Fact]
    public void Missing_and_mixed_up_parts_are_named()
    {
        string config = Path.Combine(_folder, "unet", "config.json"), text = File.ReadAllText(config);
        File.WriteAllText(config, text.Replace("\"num_class_embeds\": 100", "\"num_class_embeds\": null", StringComparison.Ordinal));
        Assert.Throws<ConfigException>(Load);
        // Its heads would be guessed.
        File.Delete(config);
        Assert.Contains("unet/config.json", Refused(), StringComparison.Ordinal);
        File.WriteAllText(config, text);
        string scheduler = Path.Combine(_folder, "low_res_scheduler", "scheduler_config.json");
        File.WriteAllText(scheduler, """{"beta_schedule": "linear"}""");
        Assert.Contains("scaled_linear", Refused(), StringComparison.Ordinal);
        File.WriteAllText(scheduler, """{"beta_schedule": "scaled_linear", "beta_start": 2}""");
        Assert.Contains("beta_start 2", Refused(), StringComparison.Ordinal);
        Directory.Delete(Path.Combine(_folder, "low_res_scheduler"), recursive: true);
        Load().Dispose();
        Directory.Delete(Path.Combine(_folder, "text_encoder"), recursive: true);
        Assert.Contains("without 'text_encoder' (or prompt.safetensors)", Refused(), StringComparison.Ordinal);
        Directory.Delete(Path.Combine(_folder, "vae"), recursive: true);
        Assert.Contains("'vae' and 'text_encoder'", Refused(), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => SuperResolver.Load(_folder, _backend, new ModelOptions { Vae = "tiny" }));
    }

    SuperResolver Load() => SuperResolver.Load(_folder, _backend);

    string Refused() => Assert.Throws<ConfigException>(Load).Message;

    static string Refused(SuperResolver resolver, UpscaleOptions options) =>
        Assert.Throws<ArgumentException>(() => resolver.Plan(16, 16, options)).Message;

    static byte[] Run(SuperResolver resolver, Image image, UpscaleOptions options) =>
        resolver.Upscale(image, options.Steps is null ? options with { Steps = 2 } : options).Bytes.ToArray();

    // A prompt of one word, with CLIP's own padding.
    static ImmutableArray<int> Ids(int word) => [49406, word, .. Enumerable.Repeat(49407, 75)];

    sealed class Stopper(CancellationTokenSource stop) : IProgress<UpscaleProgress>
    {
        public void Report(UpscaleProgress value)
        {
            if (value.Tile > 0) stop.Cancel();
        }
    }
}
