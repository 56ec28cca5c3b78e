using PgpSr.Cpu;
using PgpSr.Models;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Pruning.Tests;

/// <summary>One evaluation of a model on fixed inputs.</summary>
static class Run
{
    public static float[] Small(string path, FeatureProbe? probe = null, int height = 8, int width = 12)
    {
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 2 });
        using var model = PgpModel.Open(path, backend);
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        using var scope = ws.Scope();
        var z = ws.Upload(new SeededData(1).Uniform((long)height * width * model.Config.InputChannels),
            new Shape(1, height, width, model.Config.InputChannels));
        var degraded = ws.Upload(new SeededData(2).Uniform((long)height * width * model.Config.DegradedChannels),
            new Shape(1, height, width, model.Config.DegradedChannels));
        return ws.Download(model.Forward(ws, z, model.Guide(ws, degraded), 321, probe));
    }

    public static float[] FaithDiff(string folder, FeatureProbe? probe = null, int height = 8, int width = 4)
    {
        using var checkpoint = Checkpoint.Open(folder);
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 2 });
        using var source = checkpoint.Source();
        using var model = FaithDiffModel.Load(source, backend, checkpoint.FaithDiff!);
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        using var scope = ws.Scope();
        var config = checkpoint.Unet;
        var x = ws.Upload(new SeededData(1).Uniform((long)height * width * config.InChannels), new Shape(1, height, width, config.InChannels));
        var guide = ws.Upload(new SeededData(2).Uniform((long)height * width * config.StemChannels),
            new Shape(1, height, width, config.StemChannels));
        var condition = new UnetCondition(
            ws.Upload(new SeededData(3).Uniform(5L * config.ContextChannels), new Shape(1, 5, config.ContextChannels)),
            ws.Upload(new SeededData(4).Uniform(config.AddedCondition!.PooledChannels), new Shape(1, config.AddedCondition.PooledChannels)),
                [64, 32, 0, 0, 1024, 1024]);
        return ws.Download(model.Forward(ws, x, guide, 321, condition, probe));
    }

    /// <summary>Leaves blocks out.</summary>
    public sealed class Skipping(params string[] blocks) : FeatureProbe
    {
        public override BlockVisit Visit(string path) => blocks.Contains(path) ? BlockVisit.Skip : BlockVisit.Run;
    }
}
