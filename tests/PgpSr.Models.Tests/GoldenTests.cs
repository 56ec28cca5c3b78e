using System.Collections.Immutable;
using PgpSr.Cpu;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Models.Tests;

/// <summary>Every network against the published code, on every backend: the reference for cases it can do in seconds, the CPU for all.</summary>
public sealed class GoldenTests
{
    // SDXL's autoencoder (84 million numbers), whose layers are those of the small one, takes the scalar reference a minute; its UNet would take an hour.
    const long ReferenceLimit = 50_000_000;

    public static IEnumerable<TheoryDataRow<string, string>> Cases(string kind) =>
        Goldens.Of(kind)
            .SelectMany(path => new[] { new TheoryDataRow<string, string>(path, "reference"), new TheoryDataRow<string, string>(path, "cpu") });

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Cases), GoldenKinds.Unet)]
    public void Unet(string path, string on)
    {
        using var golden = GoldenCase.Open(path);
        using var backend = Create(on);
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        var config = UnetConfigJson.Read(golden.Config, golden.Name);
        using var source = Source(golden, Models.Unet.Declare(config), on);
        using var unet = Models.Unet.Load(source, backend, config);
        var x = golden.UploadMap(ws, "input.sample");
        float timestep = golden.Singles("input.timestep")[0];
        var condition = Condition(golden, ws);
        Report(on, golden, "output.sample", golden.CheckMap("output.sample", ws, unet.Forward(ws, x, timestep, condition)));
        Assert.False(x.IsReturned);
    }

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Cases), GoldenKinds.FaithDiffUnet)]
    public void FaithDiff(string path, string on)
    {
        using var golden = GoldenCase.Open(path);
        using var backend = Create(on);
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        var config = new FaithDiffConfig { Unet = UnetConfigJson.Read(golden.Config, golden.Name) };
        using var source = Source(golden, FaithDiffModel.Declare(config), on);
        using var model = FaithDiffModel.Load(source, backend, config);
        var condition = Condition(golden, ws);
        Report(on, golden, "output.lq_encoded", golden.CheckMap("output.lq_encoded", ws, model.EncodeLq(ws, golden.UploadMap(ws, "input.image"))));
        var guide = model.Guide(ws, golden.UploadMap(ws, "input.lq_features"));
        Report(on, golden, "output.sample",
            golden.CheckMap("output.sample", ws,
            model.Forward(ws, golden.UploadMap(ws, "input.sample"), guide, golden.Singles("input.timestep")[0], condition)));
    }

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Cases), GoldenKinds.Vae)]
    public void Vae(string path, string on)
    {
        using var golden = GoldenCase.Open(path);
        using var backend = Create(on);
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        var config = AutoencoderConfig.Read(golden.Config, golden.Name);
        using var source = Source(golden, AutoencoderKl.Declare(config), on);
        using var vae = AutoencoderKl.Load(source, backend, config);
        var image = golden.UploadMap(ws, "input.image");
        var (mean, logVariance) = vae.Posterior(ws, image);
        Report(on, golden, "output.encoder_features", golden.CheckMap("output.encoder_features", ws, vae.Features(ws, image)));
        Report(on, golden, "output.mean", golden.CheckMap("output.mean", ws, mean));
        Report(on, golden, "output.logvar", golden.CheckMap("output.logvar", ws, logVariance));
        // The golden decoder sees the unscaled latent.
        Report(on, golden, "output.decoded",
            golden.CheckMap("output.decoded", ws, vae.Decode(ws, ws.Scale(config.ScalingFactor, golden.UploadMap(ws, "input.latent")))));
    }

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Cases), GoldenKinds.ClipText)]
    public void Clip(string path, string on)
    {
        using var golden = GoldenCase.Open(path);
        using var backend = Create(on);
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        var config = ClipConfig.Read(golden.Config, golden.Name);
        using var source = Source(golden, ClipTextEncoder.Declare(config), on);
        using var encoder = ClipTextEncoder.Load(source, backend, config);
        int[] ids = [.. golden.Integers("input.ids").Select(id => (int)id)];
        var (penultimate, pooled) = encoder.Forward(ws, ids, golden.Shape("input.ids")[1], pooled: true);
        Report(on, golden, "output.penultimate", golden.Check("output.penultimate", ws, penultimate));
        Report(on, golden, "output.pooled", golden.Check("output.pooled", ws, pooled!));
        if (!golden.Has("output.last_hidden_state")) return;
        var states = encoder.FinalStates(ws, ids, golden.Shape("input.ids")[1]);
        Report(on, golden, "output.last_hidden_state", golden.Check("output.last_hidden_state", ws, states));
    }

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Cases), GoldenKinds.RrdbNet), MemberData(nameof(Cases), GoldenKinds.SrVgg)]
    public void Upscaler(string path, string on)
    {
        using var golden = GoldenCase.Open(path);
        using var backend = Create(on);
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        using var network = PixelUpscalers.Load(golden, backend);
        var image = golden.UploadMap(ws, "input.image");
        Report(on, golden, "output.image", golden.CheckMap("output.image", ws, network.Forward(ws, image)));
        Assert.False(image.IsReturned);
    }

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Cases), GoldenKinds.TinyAutoencoder)]
    public void TinyVae(string path, string on)
    {
        using var golden = GoldenCase.Open(path);
        using var backend = Create(on);
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        var config = TinyAutoencoderConfig.Read(golden.Config, golden.Name);
        using var source = Source(golden, TinyAutoencoder.Declare(config), on);
        using var vae = TinyAutoencoder.Load(source, backend, config);
        Assert.Equal((8, 4), (vae.Factor, vae.LatentChannels));
        Tensor image = golden.UploadMap(ws, "input.image"), latent = golden.UploadMap(ws, "input.latent");
        Report(on, golden, "output.latent", golden.CheckMap("output.latent", ws, vae.Encode(ws, image)));
        Report(on, golden, "output.decoded", golden.CheckMap("output.decoded", ws, vae.Decode(ws, latent)));
        Assert.False(image.IsReturned || latent.IsReturned);
    }

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Cases), GoldenKinds.AdcSr)]
    public void AdcSr(string path, string on)
    {
        using var golden = GoldenCase.Open(path);
        using var backend = Create(on);
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        var config = AdcSrCases.Config(golden);
        using var source = AdcSrCases.Source(golden.Seed, config);
        using var model = AdcSrModel.Load(source, backend, config);
        int[] shape = golden.Shape("input.lr");
        var image = ws.Upload([.. golden.Bytes("input.lr").Select(value => 2 * value / 255f - 1)], new Shape(1, shape[0], shape[1], shape[2]));
        Report(on, golden, "output.unshuffled", golden.CheckMap("output.unshuffled", ws, ws.SpaceToDepth(image, AdcSrConfig.Unshuffle)));
        Report(on, golden, "output.unet", golden.CheckMap("output.unet", ws, model.Features(ws, image)));
        Report(on, golden, "output.decoded", golden.CheckMap("output.decoded", ws, model.Forward(ws, image)));
        Assert.False(image.IsReturned);
    }

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Cases), GoldenKinds.LdmSrUnet)]
    public void LdmSr(string path, string on)
    {
        using var golden = GoldenCase.Open(path);
        using var backend = Create(on);
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        var config = LdmUnetConfig.Read(golden.Config, golden.Name);
        using var source = Source(golden, LdmUnet.Declare(config), on);
        using var unet = LdmUnet.Load(source, backend, config);
        var x = golden.UploadMap(ws, "input.sample");
        Report(on, golden, "output.sample", golden.CheckMap("output.sample", ws, unet.Forward(ws, x, golden.Singles("input.timestep")[0])));
        Assert.False(x.IsReturned);
    }

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Cases), GoldenKinds.Vq)]
    public void Vq(string path, string on)
    {
        using var golden = GoldenCase.Open(path);
        using var backend = Create(on);
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        var config = VqConfig.Read(golden.Config, golden.Name);
        using var source = Source(golden, VqAutoencoder.Declare(config), on);
        using var vq = VqAutoencoder.Load(source, backend, config);
        Tensor image = golden.UploadMap(ws, "input.image"), latent = golden.UploadMap(ws, "input.latent");
        Report(on, golden, "output.encoded", golden.CheckMap("output.encoded", ws, vq.Encode(ws, image)));
        Assert.Equal(golden.Integers("output.codes").Select(code => (int)code), vq.Codes(ws.Download(latent)));
        Report(on, golden, "output.quantised", golden.CheckMap("output.quantised", ws, vq.Quantize(ws, latent)));
        Report(on, golden, "output.decoded", golden.CheckMap("output.decoded", ws, vq.Decode(ws, latent)));
        Report(on, golden, "output.decoded_unquantised", golden.CheckMap("output.decoded_unquantised", ws, vq.DecodeCodes(ws, latent)));
        Assert.False(image.IsReturned || latent.IsReturned);
    }

    [Fact]
    public void LdmSr_has_the_published_numbers() => Assert.Equal((113_622_563, 55_322_782),
        (LdmUnet.Declare(LdmUnetConfig.Published).Sum(t => t.Shape.Count), VqAutoencoder.Declare(VqConfig.Published).Sum(t => t.Shape.Count)));

    static void Report(string on, GoldenCase golden, string output, ErrorReport report) =>
        TestContext.Current.TestOutputHelper?.WriteLine($"{golden.Name} {output} on {on}: {report}");

    static Backend Create(string on) => on == "cpu" ? CpuBackend.Create() : new ReferenceBackend();

    internal static UnetCondition Condition(GoldenCase golden, Workspace ws) => new(
        golden.Has("input.encoder_hidden_states") ? golden.Upload(ws, "input.encoder_hidden_states") : null,
        golden.Has("input.text_embeds") ? golden.Upload(ws, "input.text_embeds") : null,
        golden.Has("input.time_ids") ? [.. golden.Singles("input.time_ids")] : [])
    {
        ClassLabels = golden.Has("input.class_labels") ? [.. golden.Integers("input.class_labels").Select(label => (int)label)] : [],
    };

    static GeneratedSource Source(GoldenCase golden, ImmutableArray<TensorDeclaration> tensors, string on)
    {
        long count = tensors.Sum(t => t.Shape.Count);
        if (on == "reference" && count > ReferenceLimit) Assert.Skip($"{count:N0} parameters are too many for the scalar reference");
        return new GeneratedSource(golden.Seed, tensors);
    }
}
