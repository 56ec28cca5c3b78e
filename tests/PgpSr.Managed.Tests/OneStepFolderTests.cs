using System.Runtime.InteropServices;
using System.Text.Json;
using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Safetensors;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Managed.Tests;

/// <summary>Folders as people have them: the published file beside the base model, through the public interface.</summary>
public sealed class OneStepFolderTests : IDisposable
{
    const long Seed = 82;

    readonly string _folder = Directory.CreateTempSubdirectory("pgpsr-onestep").FullName;
    readonly CpuBackend _backend = CpuBackend.Create();
    readonly JsonDocument _config = JsonDocument.Parse(File.ReadAllBytes(Goldens.Checkpoint("one_step_config.json")));
    readonly UnetConfig _unet;
    readonly AutoencoderConfig _vae;

    public OneStepFolderTests()
    {
        _unet = UnetConfigJson.Read(_config.RootElement.GetProperty("unet"));
        _vae = AutoencoderConfig.Read(_config.RootElement.GetProperty("vae"));
        Write("unet", "unet", Unet.Declare(_unet), "");
        Write("vae", "vae", AutoencoderKl.Declare(_vae), "vae.");
        new PromptEmbeddings(GeneratedWeights.Create(Seed, "prompt", 1, 77, _unet.ContextChannels), new Shape(1, 77, _unet.ContextChannels), default)
            .Save(At("prompt.safetensors"));
    }

    public void Dispose()
    {
        _backend.Dispose();
        _config.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("osediff.pkl", "osediff")]
    [InlineData("osediff_merged.pkl", "osediff")]
    [InlineData("pisa_sr.pkl", "pisasr")]
    [InlineData("HYPIR_sd2.pth", "hypir")]
    public void Every_published_layout_gives_its_network(string file, string family)
    {
        Lay(file);
        var checkpoint = OneStepFolder.Open(_folder);
        Assert.Equal(family, checkpoint.Recipe.Name);
        Assert.Equal(_unet, checkpoint.Unet);
        using var unet = checkpoint.OpenUnet();
        using var vae = checkpoint.OpenVae();
        using var published = CheckpointFile.Open(At(file));
        bool merged = file.Contains("merged", StringComparison.Ordinal);
        Check(unet, Unet.Declare(_unet), "", merged ? null : Adapters(published, file == "HYPIR_sd2.pth" ? "" : "state_dict_unet."), checkpoint.Recipe);
        Check(vae, AutoencoderKl.Declare(_vae), "vae.", family == "osediff" && !merged ? Adapters(published, "state_dict_vae.") : null, checkpoint.Recipe);
    }

    [Theory]
    [InlineData("osediff.pkl")]
    [InlineData("osediff_merged.pkl")]
    [InlineData("pisa_sr.pkl")]
    [InlineData("HYPIR_sd2.pth")]
    public void A_picture_goes_through_the_public_interface(string file)
    {
        Lay(file);
        using var resolver = SuperResolver.Load(_folder, _backend);
        Assert.Equal((ModelKind.OneStep, 4), (resolver.Model.Kind, resolver.Model.Scale));
        Assert.Equal(file == "HYPIR_sd2.pth", resolver.Model.Notice.Contains("non-commercial", StringComparison.Ordinal));
        Image source = Picture(36, 32);
        Image result = resolver.Upscale(source);
        Assert.Equal((144, 128), (result.Width, result.Height));
        byte[] expected = Expected(OneStepFolder.Open(_folder), source);
        Assert.True(result.Bytes.ToArray().Zip(expected, (a, b) => Math.Abs(a - b)).Max() <= 1);
        // The file alone is enough to name the folder.
        using var named = SuperResolver.Load(At(file), _backend);
        Assert.True(named.Upscale(source).Bytes.SequenceEqual(result.Bytes));
    }

    [Theory]
    [InlineData("pisa_sr.pkl")]
    [InlineData("HYPIR_sd2.pth")]
    public void A_picture_that_is_too_small_is_enlarged_first_and_its_result_reduced(string file)
    {
        Lay(file);
        using var resolver = SuperResolver.Load(_folder, _backend);
        Image source = Picture(24, 20), enlarged = Resizer.Resize(source, 38, 32, ResizeFilter.Bicubic);
        Image expected = Resizer.Resize(resolver.Upscale(enlarged), 96, 80, ResizeFilter.Bicubic);
        Assert.True(resolver.Upscale(source).Bytes.SequenceEqual(expected.Bytes));
        Assert.Contains("enlarged to 38x32 first", resolver.Plan(24, 20).ToString(), StringComparison.Ordinal);
        Assert.Contains("too narrow", Assert.Throws<ArgumentException>(() => resolver.Plan(1, 20_000)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Strengths_weigh_pisa_s_adapters()
    {
        Lay("pisa_sr.pkl");
        byte[] Run(float? pixel, float? detail)
        {
            using var resolver = SuperResolver.Load(_folder, _backend, new ModelOptions { PixelStrength = pixel, DetailStrength = detail });
            return resolver.Upscale(Picture(16, 16), new UpscaleOptions { ColorFix = ColorFixMethod.None }).Bytes.ToArray();
        }
        byte[] plain = Run(null, null);
        Assert.Equal(plain, Run(1, 1));
        Assert.Equal(plain, Run(1, null));
        byte[] pixel = Run(1, 0);
        Assert.NotEqual(plain, pixel);
        Assert.NotEqual(pixel, Run(1, 0.5f));
        Assert.Throws<ArgumentException>(() => Run(-1, 1));
        File.Delete(At("pisa_sr.pkl"));
        Lay("osediff.pkl");
        Assert.Contains("PiSA-SR", Assert.Throws<ConfigException>(() => Run(1, 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipe_names_base_and_values_of_others()
    {
        Lay("HYPIR_sd2.pth", "other.pth");
        Assert.False(OneStepFolder.LooksLikeOne(At("unet")));
        Assert.Contains("pgpsr.json", Assert.Throws<ConfigException>(() => OneStepFolder.Open(_folder)).Message, StringComparison.Ordinal);
        string mine = Directory.CreateDirectory(At("mine")).FullName;
        File.Move(At("other.pth"), Path.Combine(mine, "other.pth"));
        File.WriteAllText(Path.Combine(mine, "pgpsr.json"), """
            {"recipe": "custom", "base": "..", "adapter": "other.pth", "timestep": 300, "prediction": "v_prediction", "start": "noised",
             "lora_alpha": 4, "color": "none", "scale": 2, "license": "MIT"}
            """);
        var checkpoint = OneStepFolder.Open(mine);
        Assert.Equal((300, OneStepPrediction.Velocity, true, 4.0, ColorFixMethod.None, 2, "MIT"),
            (checkpoint.Recipe.Timestep, checkpoint.Recipe.Prediction, checkpoint.Recipe.NoisedStart, checkpoint.Recipe.Alpha!.Value,
                checkpoint.Recipe.ColorFix, checkpoint.Recipe.Scale, checkpoint.Recipe.License));
        using var resolver = SuperResolver.Load(mine, _backend);
        Assert.Equal(32, resolver.Upscale(Picture(16, 16)).Width);
        using var json = JsonDocument.Parse(OneStepRecipeJson.Write(checkpoint.Recipe));
        Assert.Equal(checkpoint.Recipe, OneStepRecipeJson.Read(json.RootElement, "x").Recipe);
    }

    [Theory]
    [InlineData("""{"recipe": "osediff", "timesteps": 3}""", "unknown setting timesteps")]
    [InlineData("""{"recipe": "osedif"}""", "'osediff'")]
    [InlineData("""{"recipe": "custom"}""", "timestep is missing")]
    [InlineData("""{"recipe": "osediff", "timestep": 1000}""", "0 to 999")]
    [InlineData("""{"recipe": "osediff", "lora_alpha": 0}""", "'rank'")]
    [InlineData("""{"adapter": "x.pkl"}""", "does not exist")]
    public void Settings_that_cannot_be_followed_are_refused(string json, string says)
    {
        Lay("osediff.pkl");
        File.WriteAllText(At("pgpsr.json"), json);
        Assert.Contains(says, Assert.Throws<ConfigException>(() => SuperResolver.Load(_folder, _backend)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_missing_is_named_with_where_people_get_it()
    {
        Lay("osediff.pkl");
        Directory.Delete(At("vae"), recursive: true);
        string noVae = Refusal();
        Assert.Contains("no folder 'vae'", noVae, StringComparison.Ordinal);
        Assert.Contains("stable-diffusion-2-1-base", noVae, StringComparison.Ordinal);
        Write("vae", "vae", AutoencoderKl.Declare(_vae), "vae.");
        File.Delete(At("prompt.safetensors"));
        Assert.Contains("text_encoder", Refusal(), StringComparison.Ordinal);
        Directory.CreateDirectory(At("scheduler"));
        File.WriteAllText(At("scheduler/scheduler_config.json"), """{"_class_name": "DDIMScheduler", "prediction_type": "v_prediction"}""");
        Assert.Contains("768", Refusal(), StringComparison.Ordinal);
        File.Delete(At("scheduler/scheduler_config.json"));
        Lay("pisa_sr.pkl");
        Assert.Contains("osediff.pkl and pisa_sr.pkl", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_autoencoder_of_another_family_is_refused()
    {
        Lay("osediff.pkl");
        string file = At("vae/config.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("0.18215", "0.13025", StringComparison.Ordinal));
        Assert.Contains("another family", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_text_encoder_makes_the_empty_prompt_where_none_is_saved()
    {
        Lay("pisa_sr.pkl");
        File.Delete(At("prompt.safetensors"));
        var clip = new ClipConfig { Width = _unet.ContextChannels, Layers = 2, Heads = 1, MlpWidth = 16, Activation = Activation.Gelu, Vocabulary = 49408 };
        WriteTensors("text_encoder", ClipTextEncoder.Declare(clip), "text.");
        File.WriteAllText(At("text_encoder/config.json"), $$"""
            {"architectures": ["CLIPTextModel"], "hidden_size": {{clip.Width}}, "num_hidden_layers": 2, "num_attention_heads": 1,
             "intermediate_size": 16, "hidden_act": "gelu", "vocab_size": 49408, "max_position_embeddings": 77, "projection_dim": 8}
            """);
        byte[] Run()
        {
            using var resolver = SuperResolver.Load(_folder, _backend);
            return resolver.Upscale(Picture(16, 16)).Bytes.ToArray();
        }
        byte[] exclamation = Run();
        Directory.CreateDirectory(At("tokenizer"));
        File.WriteAllText(At("tokenizer/special_tokens_map.json"), """{"pad_token": "!"}""");
        Assert.Equal(exclamation, Run());
        var (mark, end) = (Sd2Text.Empty(_folder, _backend, default), default(PromptEmbeddings));
        File.WriteAllText(At("tokenizer/special_tokens_map.json"), """{"pad_token": {"content": "<|endoftext|>"}}""");
        end = Sd2Text.Empty(_folder, _backend, default);
        Assert.False(mark.Context.Span.SequenceEqual(end.Context.Span));
        File.WriteAllText(At("tokenizer/special_tokens_map.json"), """{"pad_token": "[PAD]"}""");
        Assert.Contains("pad_token", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tiny_autoencoder_decodes_in_the_place_of_the_large_one()
    {
        Lay("osediff.pkl");
        string Refused(string vae) => Assert.Throws<ConfigException>(
            () => SuperResolver.Load(_folder, _backend, new ModelOptions { Vae = vae }).Dispose()).Message;
        Assert.Contains("madebyollin", Refused("tiny"), StringComparison.Ordinal);
        Assert.Contains("no such file", Refused(At("nothing")), StringComparison.Ordinal);
        // Two levels, as the small autoencoder of the case has.
        var tiny = new TinyAutoencoderConfig { Channels = 8, EncoderBlocks = [1, 1], DecoderBlocks = [1, 1] };
        foreach (string name in (string[])["taesd", "taesdxl"])
        {
            WriteTensors(name, TinyAutoencoder.Declare(tiny), "tiny.");
            File.WriteAllText(At($"{name}/config.json"), """
                {"encoder_block_out_channels": [8, 8], "decoder_block_out_channels": [8, 8], "num_encoder_blocks": [1, 1], "num_decoder_blocks": [1, 1]}
                """);
        }
        Assert.Contains("taesdxl is for another space", Refused(At("taesdxl")), StringComparison.Ordinal);
        Assert.Contains("taesdxl is for another space", Refused(Directory.GetFiles(At("taesdxl"), "*.safetensors")[0]), StringComparison.Ordinal);
        using var large = SuperResolver.Load(_folder, _backend);
        using var small = SuperResolver.Load(_folder, _backend, new ModelOptions { Vae = "tiny" });
        using var named = SuperResolver.Load(_folder, _backend, new ModelOptions { Vae = At("taesd") });
        Image source = Picture(16, 16), result = small.Upscale(source);
        Assert.True(result.Bytes.SequenceEqual(named.Upscale(source).Bytes));
        Assert.False(result.Bytes.SequenceEqual(large.Upscale(source).Bytes));
        File.WriteAllText(At("taesd/config.json"), """
            {"encoder_block_out_channels": [8], "decoder_block_out_channels": [8], "num_encoder_blocks": [1], "num_decoder_blocks": [1]}
            """);
        Assert.Contains("1 pixels a position", Refused("tiny"), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => SuperResolver.Load(ModelCatalog.Default, _backend, new ModelOptions { Vae = "tiny" }));
        Assert.Throws<ArgumentException>(() => SuperResolver.Load(ModelCatalog.Default, _backend, new ModelOptions { DetailStrength = 1 }));
    }

    string Refusal() => Assert.Throws<ConfigException>(() => SuperResolver.Load(_folder, _backend).Dispose()).Message;

    // The steps by hand: enlarge, restore, fix colors over the whole picture.
    byte[] Expected(OneStepCheckpoint checkpoint, Image source)
    {
        using var restorer = checkpoint.Load(_backend, null, null, default);
        using var ws = new Workspace(_backend);
        int width = source.Width * 4, height = source.Height * 4;
        float[] small = new float[source.Width * source.Height * 3], large = new float[width * height * 3];
        PixelConversion.ToInterleaved(source.Bytes, source.Info, PixelRange.MinusOneToOne, 3, small);
        Resizer.Resize(small, source.Width, source.Height, 3, width, height, checkpoint.Recipe.Enlargement, large);
        var restored = restorer.Restore(ws, ws.Upload(small, new Shape(1, source.Height, source.Width, 3)),
            ws.Upload(large, new Shape(1, height, width, 3)), null, 1, null);
        bool clamps = checkpoint.Recipe.ColorFix == ColorFixMethod.AdaIn;
        float[] result = [.. ws.Download(restored).Select(value => (clamps ? Math.Clamp(value, -1, 1) : value) / 2 + 0.5f)], reference = [.. large.Select(value => value / 2 + 0.5f)];
        ColorFix.Apply(result, reference, width, height, 3, checkpoint.Recipe.ColorFix);
        return [.. result.Select(value => (byte)Math.Clamp(MathF.Round(value * 255), 0, 255))];
    }

    // Every adapter of a file, by module: W' = W + alpha / r B A of generated numbers.
    static Dictionary<string, List<(string Adapter, int Rank)>> Adapters(WeightSource file, string prefix)
    {
        Dictionary<string, List<(string, int)>> result = [];
        foreach (string key in file.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal) && key.Contains(".lora_A.", StringComparison.Ordinal)))
        {
            string[] parts = key[prefix.Length..].Split(".lora_A.");
            Assert.True(file.TryDescribe(key, out var a));
            if (!result.TryGetValue(parts[0] + ".weight", out var list)) result.Add(parts[0] + ".weight", list = []);
            list.Add((parts[1][..^".weight".Length], a.Shape[0]));
        }
        return result;
    }

    static void Check(WeightSource actual, IReadOnlyList<TensorDeclaration> tensors, string prefix,
        Dictionary<string, List<(string Adapter, int Rank)>>? adapters, OneStepRecipe recipe)
    {
        foreach (var (name, shape) in tensors)
        {
            int[] axes = [.. Enumerable.Range(0, shape.Rank).Select(i => shape[i])];
            bool replaced = recipe == OneStepRecipe.OseDiff && adapters is not null && prefix.Length == 0 && name.StartsWith("conv_in.", StringComparison.Ordinal);
            string basis = replaced ? name.Replace("conv_in.", "conv_in.base_layer.", StringComparison.Ordinal) : name;
            double[] expected = [.. GeneratedWeights.Create(Seed, prefix + basis, axes).Select(value => (double)value)];
            foreach (var (adapter, rank) in adapters?.GetValueOrDefault(name) ?? [])
            {
                string module = prefix + name[..^".weight".Length];
                float[] a = GeneratedWeights.Create(Seed, $"{module}.lora_A.{adapter}.weight", [rank, .. axes[1..]]),
                    b = GeneratedWeights.Create(Seed, $"{module}.lora_B.{adapter}.weight", axes.Length == 4 ? [axes[0], rank, 1, 1] : [axes[0], rank]);
                int width = a.Length / rank;
                for (int i = 0; i < expected.Length; i++)
                    for (int r = 0; r < rank; r++)
                        expected[i] += (recipe.Alpha ?? rank) / rank * b[i / width * rank + r] * (double)a[r * width + i % width];
            }
            Tolerance.Roundings(16, 1e-5).Assert(name, [.. expected.Select(value => (float)value)], actual.Read(name).ToArray());
        }
    }

    static Image Picture(int width, int height)
    {
        Image image = new(width, height, 3);
        for (int i = 0; i < image.Bytes.Length; i++) image.Bytes[i] = (byte)(40 + (i * 7919 % 97) + i % 3 * 30);
        return image;
    }

    string At(string name) => Path.Combine(_folder, name);

    void Lay(string file, string? name = null) => File.Copy(Goldens.Checkpoint(file), At(name ?? file), overwrite: true);

    void Write(string folder, string config, IReadOnlyList<TensorDeclaration> tensors, string prefix)
    {
        WriteTensors(folder, tensors, prefix);
        File.WriteAllText(At($"{folder}/config.json"), _config.RootElement.GetProperty(config).GetRawText());
    }

    void WriteTensors(string folder, IReadOnlyList<TensorDeclaration> tensors, string prefix)
    {
        Directory.CreateDirectory(At(folder));
        var writer = new SafetensorsWriter();
        foreach (var (name, shape) in tensors)
        {
            int[] axes = [.. Enumerable.Range(0, shape.Rank).Select(i => shape[i])];
            writer.Add(name, SafetensorsDType.Float32, [.. axes.Select(axis => (long)axis)],
                MemoryMarshal.AsBytes<float>(GeneratedWeights.Create(Seed, prefix + name, axes)).ToArray());
        }
        writer.Write(At($"{folder}/diffusion_pytorch_model.safetensors"));
    }
}
