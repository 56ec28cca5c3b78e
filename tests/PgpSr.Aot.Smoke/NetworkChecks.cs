using PgpSr.Cpu;
using PgpSr.Models;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Aot.Smoke;

/// <summary>Golden cases of whole networks: files, configurations, weights and forward passes.</summary>
static class NetworkChecks
{
    public static void Run(Checks checks)
    {
        foreach (string path in Goldens.Of(GoldenKinds.Unet)) Check(path, Unet);
        foreach (string path in Goldens.Of(GoldenKinds.ClipText)) Check(path, Clip);
        foreach (string path in Goldens.Of(GoldenKinds.Vae)) Check(path, Vae);

        void Check(string path, Func<GoldenCase, Workspace, ErrorReport> evaluate) => checks.Run(Path.GetFileNameWithoutExtension(path), () =>
        {
            using var golden = GoldenCase.Open(path);
            using var backend = CpuBackend.Create();
            using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
            return $"{evaluate(golden, ws).LargestAbsolute:G2}";
        });
    }

    static ErrorReport Unet(GoldenCase golden, Workspace ws)
    {
        var config = UnetConfigJson.Read(golden.Config, golden.Name);
        using var source = new GeneratedSource(golden.Seed, Models.Unet.Declare(config));
        using var unet = Models.Unet.Load(source, ws.Backend, config);
        var condition = new UnetCondition(
            golden.Has("input.encoder_hidden_states") ? golden.Upload(ws, "input.encoder_hidden_states") : null,
            golden.Has("input.text_embeds") ? golden.Upload(ws, "input.text_embeds") : null,
            golden.Has("input.time_ids") ? [.. golden.Singles("input.time_ids")] : [])
        {
            ClassLabels = golden.Has("input.class_labels") ? [.. golden.Integers("input.class_labels").Select(label => (int)label)] : [],
        };
        return golden.CheckMap("output.sample", ws,
            unet.Forward(ws, golden.UploadMap(ws, "input.sample"), golden.Singles("input.timestep")[0], condition));
    }

    static ErrorReport Clip(GoldenCase golden, Workspace ws)
    {
        var config = ClipConfig.Read(golden.Config, golden.Config.TryGetProperty("projection_dim", out _), golden.Name);
        using var source = new GeneratedSource(golden.Seed, ClipTextEncoder.Declare(config));
        using var encoder = ClipTextEncoder.Load(source, ws.Backend, config);
        int[] ids = [.. golden.Integers("input.ids").Select(id => (int)id)];
        return golden.Check("output.penultimate", ws, encoder.Forward(ws, ids, golden.Shape("input.ids")[1]).Penultimate);
    }

    static ErrorReport Vae(GoldenCase golden, Workspace ws)
    {
        var config = AutoencoderConfig.Read(golden.Config, golden.Name);
        using var source = new GeneratedSource(golden.Seed, AutoencoderKl.Declare(config));
        using var vae = AutoencoderKl.Load(source, ws.Backend, config);
        return golden.CheckMap("output.mean", ws, vae.Posterior(ws, golden.UploadMap(ws, "input.image")).Mean);
    }
}
