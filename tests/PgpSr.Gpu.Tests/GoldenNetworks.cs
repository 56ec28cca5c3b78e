using System.Collections.Immutable;
using PgpSr.Models;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Gpu.Tests;

/// <summary>The networks of golden cases, run on any backend to all their outputs.</summary>
static class GoldenNetworks
{
    /// <summary>Kinds that are whole networks.</summary>
    public static IReadOnlyList<string> Kinds { get; } =
        [GoldenKinds.Unet, GoldenKinds.FaithDiffUnet, GoldenKinds.Vae, GoldenKinds.ClipText, GoldenKinds.RrdbNet, GoldenKinds.SrVgg,
            GoldenKinds.TinyAutoencoder, GoldenKinds.AdcSr];

    /// <summary>Every output's name and values in the layout of the case (NCHW for maps).</summary>
    public static IReadOnlyList<(string Name, float[] Values)> Run(GoldenCase golden, Backend backend)
    {
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        return golden.Kind switch
        {
            GoldenKinds.Unet => Unet(golden, ws),
            GoldenKinds.FaithDiffUnet => FaithDiff(golden, ws),
            GoldenKinds.Vae => Vae(golden, ws),
            GoldenKinds.TinyAutoencoder => TinyVae(golden, ws),
            GoldenKinds.RrdbNet or GoldenKinds.SrVgg => Upscaler(golden, ws),
            GoldenKinds.AdcSr => AdcSr(golden, ws),
            _ => Clip(golden, ws),
        };
    }

    /// <summary>
    /// Tensors that a UNet stores one after the other, from conv_in to the norm before conv_out: four for a ResNet (norm, convolution, norm, convolution),
    /// three around a transformer, eleven in each of its blocks (a norm, queries, attention and projection twice; a norm and two products), a skip joined
    /// on the way up, two for a resampler. FaithDiff's stem has 16 more on the way (two convolutions of the guide, a joint, two blocks of six, a projection).
    /// </summary>
    public static int StoredTensors(GoldenCase golden)
    {
        var config = UnetConfigJson.Read(golden.Config, golden.Name);
        int Stage(UnetStageConfig stage, bool up) =>
            stage.TransformerDepths.Sum(depth => 4 + (up ? 1 : 0) + (depth < 0 ? 0 : Transformer(depth))) + (stage.Resample ? 2 : 0);
        int middle = config.Middle is { } m ? m.TransformerDepth < 0 ? 4 : 8 + Transformer(m.TransformerDepth) : 0;
        return 2 + config.Down.Sum(s => Stage(s, up: false)) + middle + config.Up.Sum(s => Stage(s, up: true)) + (golden.Kind == GoldenKinds.FaithDiffUnet ? 16 : 0);
    }

    static int Transformer(int depth) => 3 + 11 * depth;

    static List<(string, float[])> Unet(GoldenCase golden, Workspace ws)
    {
        var config = UnetConfigJson.Read(golden.Config, golden.Name);
        using var source = Source(golden, Models.Unet.Declare(config));
        using var unet = Models.Unet.Load(source, ws.Backend, config);
        var sample = unet.Forward(ws, golden.UploadMap(ws, "input.sample"), golden.Singles("input.timestep")[0], Condition(golden, ws));
        return [("output.sample", Map(ws, sample))];
    }

    static List<(string, float[])> FaithDiff(GoldenCase golden, Workspace ws)
    {
        var config = new FaithDiffConfig { Unet = UnetConfigJson.Read(golden.Config, golden.Name) };
        using var source = Source(golden, FaithDiffModel.Declare(config));
        using var model = FaithDiffModel.Load(source, ws.Backend, config);
        var condition = Condition(golden, ws);
        float[] encoded = Map(ws, model.EncodeLq(ws, golden.UploadMap(ws, "input.image")));
        var guide = model.Guide(ws, golden.UploadMap(ws, "input.lq_features"));
        var sample = model.Forward(ws, golden.UploadMap(ws, "input.sample"), guide, golden.Singles("input.timestep")[0], condition);
        return [("output.lq_encoded", encoded), ("output.sample", Map(ws, sample))];
    }

    static List<(string, float[])> Vae(GoldenCase golden, Workspace ws)
    {
        var config = AutoencoderConfig.Read(golden.Config, golden.Name);
        using var source = Source(golden, AutoencoderKl.Declare(config));
        using var vae = AutoencoderKl.Load(source, ws.Backend, config);
        var image = golden.UploadMap(ws, "input.image");
        var (mean, logVariance) = vae.Posterior(ws, image);
        // The golden decoder sees the unscaled latent.
        var latent = ws.Scale(config.ScalingFactor, golden.UploadMap(ws, "input.latent"));
        return
        [
            ("output.encoder_features", Map(ws, vae.Features(ws, image))),
            ("output.mean", Map(ws, mean)),
            ("output.logvar", Map(ws, logVariance)),
            ("output.decoded", Map(ws, vae.Decode(ws, latent))),
        ];
    }

    static List<(string, float[])> TinyVae(GoldenCase golden, Workspace ws)
    {
        var config = TinyAutoencoderConfig.Read(golden.Config, golden.Name);
        using var source = Source(golden, TinyAutoencoder.Declare(config));
        using var vae = TinyAutoencoder.Load(source, ws.Backend, config);
        return
        [
            ("output.latent", Map(ws, vae.Encode(ws, golden.UploadMap(ws, "input.image")))),
            ("output.decoded", Map(ws, vae.Decode(ws, golden.UploadMap(ws, "input.latent")))),
        ];
    }

    static List<(string, float[])> Upscaler(GoldenCase golden, Workspace ws)
    {
        using var network = PixelUpscalers.Load(golden, ws.Backend);
        return [("output.image", Map(ws, network.Forward(ws, golden.UploadMap(ws, "input.image"))))];
    }

    static List<(string, float[])> AdcSr(GoldenCase golden, Workspace ws)
    {
        var config = AdcSrCases.Config(golden);
        using var source = AdcSrCases.Source(golden.Seed, config);
        using var model = AdcSrModel.Load(source, ws.Backend, config);
        int[] shape = golden.Shape("input.lr");
        var image = ws.Upload([.. golden.Bytes("input.lr").Select(value => 2 * value / 255f - 1)], new Shape(1, shape[0], shape[1], shape[2]));
        return [("output.decoded", Map(ws, model.Forward(ws, image)))];
    }

    static List<(string, float[])> Clip(GoldenCase golden, Workspace ws)
    {
        var config = ClipConfig.Read(golden.Config, golden.Name);
        using var source = Source(golden, ClipTextEncoder.Declare(config));
        using var encoder = ClipTextEncoder.Load(source, ws.Backend, config);
        int[] ids = [.. golden.Integers("input.ids").Select(id => (int)id)];
        var (penultimate, pooled) = encoder.Forward(ws, ids, golden.Shape("input.ids")[1], pooled: true);
        return [("output.penultimate", ws.Download(penultimate)), ("output.pooled", ws.Download(pooled!))];
    }

    static float[] Map(Workspace ws, Tensor map) => FeatureMaps.Download(ws, map);

    static GeneratedSource Source(GoldenCase golden, ImmutableArray<TensorDeclaration> tensors) => new(golden.Seed, tensors);

    static UnetCondition Condition(GoldenCase golden, Workspace ws) => new(
        golden.Has("input.encoder_hidden_states") ? golden.Upload(ws, "input.encoder_hidden_states") : null,
        golden.Has("input.text_embeds") ? golden.Upload(ws, "input.text_embeds") : null,
        golden.Has("input.time_ids") ? [.. golden.Singles("input.time_ids")] : [])
    {
        ClassLabels = golden.Has("input.class_labels") ? [.. golden.Integers("input.class_labels").Select(label => (int)label)] : [],
    };
}
