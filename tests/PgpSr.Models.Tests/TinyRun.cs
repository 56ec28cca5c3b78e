using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Models.Tests;

/// <summary>One evaluation of the tiny UNet on fixed inputs.</summary>
static class TinyRun
{
    public static float[] Output(Backend backend, Unet unet, int rows = 1, int height = 6, int width = 4, FeatureProbe? probe = null)
    {
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        using var scope = ws.Scope();
        var shape = new Shape(rows, height, width, unet.Config.InChannels);
        var x = ws.Upload(Repeat(new SeededData(1).Uniform(shape.Count / rows), rows), shape);
        return ws.Download(unet.Forward(ws, x, 321.5f, Condition(ws, unet.Config, rows), probe));
    }

    public static UnetCondition Condition(Workspace ws, UnetConfig config, int rows) => new(
        config.ContextChannels == 0 ? null
            : ws.Upload(Repeat(new SeededData(2).Uniform(5 * config.ContextChannels), rows), new Shape(rows, 5, config.ContextChannels)),
        config.AddedCondition is { } added
            ? ws.Upload(Repeat(new SeededData(3).Uniform(added.PooledChannels), rows), new Shape(rows, added.PooledChannels)) : null,
        config.AddedCondition is null ? [] : [.. Repeat([64, 48, 0, 8, 1024, 1024], rows)]);

    static float[] Repeat(float[] values, int rows) => [.. Enumerable.Repeat(values, rows).SelectMany(v => v)];
}
