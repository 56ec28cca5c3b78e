using System.Collections.Immutable;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.ModelBench;

/// <summary>A network at full size by name: what it declares, and one evaluation at a given size.</summary>
abstract record NamedModel(string Name)
{
    public static IReadOnlyList<NamedModel> All { get; } =
    [
        new UnetModel("sdxl", UnetConfig.Sdxl),
        new UnetModel("sdxl-coarse", Coarse(UnetConfig.Sdxl)),
        new UnetModel("sdxl-floor", Depths(UnetConfig.Sdxl, 1, 1, 1)),
        new FaithDiff("faithdiff", FaithDiffConfig.Released),
        new FaithDiff("faithdiff-coarse", FaithDiffConfig.Released with { Unet = Coarse(UnetConfig.Sdxl) }),
        new FaithDiff("faithdiff-coarse-peam", FaithDiffConfig.Released with { Unet = Coarse(UnetConfig.Sdxl), Phase = PhasePlacement.Stem }),
        new VaeDecoder("vae", AutoencoderConfig.Sdxl),
        new AdcSr("adcsr", AdcSrConfig.Published),
        new FaithDiffFolder("faithdiff-folder", FaithDiffConfig.Released),
        new OneStepFolder("osediff-folder"),
        new FaithDiffFolder("faithdiff-folder-coarse", FaithDiffConfig.Released with { Unet = Coarse(UnetConfig.Sdxl) }),
    ];

    /// <summary>A model by name, or the UNet that a diffusers configuration file describes.</summary>
    public static NamedModel Find(string name) =>
        File.Exists(name)
            ? new UnetModel(Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(name))!), UnetConfigReader.Read(ConfigFile.Read(name), name))
        : All.FirstOrDefault(m => m.Name == name) ?? throw new ArgumentException($"'{name}' is none of {string.Join(", ", All.Select(m => m.Name))}");

    public abstract ImmutableArray<TensorDeclaration> Tensors { get; }

    /// <summary>Loads the network and returns its evaluation for a side of that many latent positions.</summary>
    public abstract LoadedModel Load(WeightSource source, Backend backend);

    /// <summary>Files of a checkpoint folder: relative name and the tensors in it, plus configuration texts.</summary>
    public abstract IEnumerable<(string File, IEnumerable<TensorDeclaration> Tensors)> Files { get; }

    public virtual IEnumerable<(string File, string Text)> Configurations => [];

    /// <summary>What the weight files' metadata says.</summary>
    public virtual IReadOnlyDictionary<string, string> Metadata => ImmutableDictionary<string, string>.Empty;

    // The paper's coarse stage: encoder and bottleneck to a single block.
    static UnetConfig Coarse(UnetConfig full) => full with
    {
        Down = [.. full.Down.Select(s => s with { TransformerDepths = [.. s.TransformerDepths.Select(d => Math.Min(d, 1))] })],
        Middle = full.Middle! with { TransformerDepth = 1 },
    };

    static UnetConfig Depths(UnetConfig full, int down, int middle, int up) => full with
    {
        Down = [.. full.Down.Select(s => s with { TransformerDepths = [.. s.TransformerDepths.Select(d => Math.Min(d, down))] })],
        Middle = full.Middle! with { TransformerDepth = middle },
        Up = [.. full.Up.Select(s => s with { TransformerDepths = [.. s.TransformerDepths.Select(d => Math.Min(d, up))] })],
    };

    static UnetCondition Condition(Workspace ws, UnetConfig config, int rows) => new(
        config.ContextChannels == 0 ? null : ws.Upload(new float[rows * 77 * config.ContextChannels], new Shape(rows, 77, config.ContextChannels)),
        config.AddedCondition is not { } added ? null : ws.Upload(new float[rows * added.PooledChannels], new Shape(rows, added.PooledChannels)),
        [.. Enumerable.Repeat(1024f, rows * AddedConditionConfig.Numbers)]);

    sealed record UnetModel(string Name, UnetConfig Config) : NamedModel(Name)
    {
        public override ImmutableArray<TensorDeclaration> Tensors => Unet.Declare(Config);

        public override IEnumerable<(string, IEnumerable<TensorDeclaration>)> Files => [("unet/diffusion_pytorch_model.safetensors", Tensors)];

        public override IEnumerable<(string, string)> Configurations => [("unet/config.json", UnetConfigWriter.Write(Config))];

        public override LoadedModel Load(WeightSource source, Backend backend)
        {
            var unet = Unet.Load(source, backend, Config);
            return new LoadedModel(unet, () => unet.WeightBytes, (ws, side) =>
            {
                using var scope = ws.Scope("bench");
                unet.Forward(ws, Latent(ws, side, Config.InChannels), 500, Condition(ws, Config, 1));
            });
        }
    }

    record FaithDiff(string Name, FaithDiffConfig Config) : NamedModel(Name)
    {
        public override ImmutableArray<TensorDeclaration> Tensors => FaithDiffModel.Declare(Config);

        public override IEnumerable<(string, IEnumerable<TensorDeclaration>)> Files
        {
            get
            {
                var unet = Unet.Declare(Config.Unet);
                var names = unet.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
                yield return ("unet/diffusion_pytorch_model.safetensors", unet);
                yield return ("faithdiff.safetensors", Tensors.Where(t => !names.Contains(t.Name)));
            }
        }

        public override IEnumerable<(string, string)> Configurations => [("unet/config.json", UnetConfigWriter.Write(Config.Unet))];

        public override LoadedModel Load(WeightSource source, Backend backend)
        {
            var model = FaithDiffModel.Load(source, backend, Config);
            return new LoadedModel(model, () => model.WeightBytes, (ws, side) =>
            {
                using var scope = ws.Scope("bench");
                model.Forward(ws, Latent(ws, side, 4), Latent(ws, side, Config.Unet.StemChannels), 500, Condition(ws, Config.Unet, 1));
            });
        }
    }

    // All that a pipeline needs: denoiser, autoencoder, text encoders.
    sealed record FaithDiffFolder(string Name, FaithDiffConfig Config) : FaithDiff(Name, Config)
    {
        public override IEnumerable<(string, IEnumerable<TensorDeclaration>)> Files =>
        [
            .. base.Files,
            ("vae/diffusion_pytorch_model.safetensors", AutoencoderKl.Declare(AutoencoderConfig.Sdxl)),
            ("text_encoder/model.safetensors", ClipTextEncoder.Declare(ClipConfig.VitL)),
            ("text_encoder_2/model.safetensors", ClipTextEncoder.Declare(ClipConfig.VitBigG)),
        ];

        public override IEnumerable<(string, string)> Configurations =>
        [
            .. base.Configurations,
            ("vae/config.json", """{"block_out_channels": [128, 256, 512, 512], "layers_per_block": 2, "scaling_factor": 0.13025}"""),
            ("text_encoder/config.json", Text(ClipConfig.VitL, "quick_gelu", 768)),
            ("text_encoder_2/config.json", Text(ClipConfig.VitBigG, "gelu", 1280)),
        ];

        static string Text(ClipConfig config, string activation, int projection) => $$"""
            {"hidden_size": {{config.Width}}, "num_hidden_layers": {{config.Layers}}, "num_attention_heads": {{config.Heads}},
             "intermediate_size": {{config.MlpWidth}}, "hidden_act": "{{activation}}", "projection_dim": {{projection}}}
            """;
    }

    // OSEDiff as people have it: Stable Diffusion 2.1-base, adapters of rank 4, the empty prompt, and TAESD beside it.
    sealed record OneStepFolder(string Name) : NamedModel(Name)
    {
        const int Rank = 4;

        static readonly UnetConfig s_unet = new()
        {
            ContextChannels = 1024,
            Down = [Level(320, 0, true), Level(640, 0, true), Level(1280, 0, true), Level(1280, UnetStageConfig.NoTransformer, false)],
            Middle = new UnetMiddleConfig(1280, 20, 1),
            Up = [Level(1280, UnetStageConfig.NoTransformer, true, 3), Level(1280, 0, true, 3), Level(640, 0, true, 3), Level(320, 0, false, 3)],
        };

        static readonly string[] s_tuned =
            ["to_k", "to_q", "to_v", "to_out.0", "conv", "conv1", "conv2", "conv_in", "conv_out", "conv_shortcut", "proj_in", "proj_out", "ff.net.2", "ff.net.0.proj"];

        public override ImmutableArray<TensorDeclaration> Tensors => Unet.Declare(s_unet);

        public override IEnumerable<(string, IEnumerable<TensorDeclaration>)> Files
        {
            get
            {
                var vae = AutoencoderKl.Declare(AutoencoderConfig.Sdxl);
                yield return ("unet/diffusion_pytorch_model.safetensors", Tensors);
                yield return ("vae/diffusion_pytorch_model.safetensors", vae);
                yield return ("taesd/diffusion_pytorch_model.safetensors", TinyAutoencoder.Declare(TinyAutoencoderConfig.Taesd));
                yield return ("prompt.safetensors", [new("context", new Shape(1, 77, 1024))]);
                yield return ("osediff.safetensors", [.. Adapters("state_dict_unet.", Tensors),
                    .. Adapters("state_dict_vae.", vae.Where(t => t.Name.StartsWith("encoder.", StringComparison.Ordinal)))]);
            }
        }

        public override IEnumerable<(string, string)> Configurations =>
        [
            ("unet/config.json", UnetConfigWriter.Write(s_unet)),
            ("vae/config.json", """{"block_out_channels": [128, 256, 512, 512], "layers_per_block": 2, "scaling_factor": 0.18215}"""),
        ];

        public override LoadedModel Load(WeightSource source, Backend backend) => new UnetModel(Name, s_unet).Load(source, backend);

        static UnetStageConfig Level(int channels, int depth, bool resample, int layers = 2) =>
            new(channels, channels / 64, [.. Enumerable.Repeat(depth < 0 ? depth : 1, layers)], resample);

        static IEnumerable<TensorDeclaration> Adapters(string prefix, IEnumerable<TensorDeclaration> network)
        {
            foreach (var (name, shape) in network)
            {
                if (shape.Rank < 2 || !s_tuned.Any(tuned => name.EndsWith($".{tuned}.weight", StringComparison.Ordinal) || name == $"{tuned}.weight")) continue;
                string module = prefix + name[..^".weight".Length];
                bool kernel = shape.Rank == 4;
                yield return new($"{module}.lora_A.default.weight", kernel ? new(Rank, shape[1], shape[2], shape[3]) : new(Rank, shape[1]));
                yield return new($"{module}.lora_B.default.weight", kernel ? new(shape[0], Rank, 1, 1) : new(shape[0], Rank));
            }
        }
    }

    sealed record VaeDecoder(string Name, AutoencoderConfig Config) : NamedModel(Name)
    {
        public override ImmutableArray<TensorDeclaration> Tensors => AutoencoderKl.Declare(Config);

        public override IEnumerable<(string, IEnumerable<TensorDeclaration>)> Files => [("vae/diffusion_pytorch_model.safetensors", Tensors)];

        public override LoadedModel Load(WeightSource source, Backend backend)
        {
            var vae = AutoencoderKl.Load(source, backend, Config);
            return new LoadedModel(vae, () => vae.WeightBytes, (ws, side) =>
            {
                using var scope = ws.Scope("bench");
                vae.Decode(ws, Latent(ws, side, 4));
            });
        }
    }

    sealed record AdcSr(string Name, AdcSrConfig Config) : NamedModel(Name)
    {
        public override ImmutableArray<TensorDeclaration> Tensors => AdcSrModel.Declare(Config);

        public override IEnumerable<(string, IEnumerable<TensorDeclaration>)> Files => [("adcsr.safetensors", Tensors)];

        public override IReadOnlyDictionary<string, string> Metadata =>
            new Dictionary<string, string> { [AdcSrConfigJson.MetadataKey] = AdcSrConfigJson.Write(Config) };

        public override LoadedModel Load(WeightSource source, Backend backend)
        {
            var model = AdcSrModel.Load(source, backend, Config);
            return new LoadedModel(model, () => model.WeightBytes, (ws, side) =>
            {
                using var scope = ws.Scope("bench");
                model.Forward(ws, Latent(ws, side * AdcSrConfig.Unshuffle, 3));
            });
        }
    }

    static Tensor Latent(Workspace ws, int side, int channels)
    {
        var values = new float[side * side * channels];
        var random = new Random(1);
        for (int i = 0; i < values.Length; i++) values[i] = 2 * random.NextSingle() - 1;
        return ws.Upload(values, new Shape(1, side, side, channels));
    }
}

/// <summary>A network that was loaded and can be evaluated.</summary>
sealed record LoadedModel(IDisposable Network, Func<long> WeightBytes, Action<Workspace, int> Evaluate) : IDisposable
{
    public void Dispose() => Network.Dispose();
}
