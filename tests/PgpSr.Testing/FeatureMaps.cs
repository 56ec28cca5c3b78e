using PgpSr.Tensors;

namespace PgpSr.Testing;

/// <summary>Feature maps at the edge between stored cases (channels first) and tensors (channels last).</summary>
public static class FeatureMaps
{
    /// <summary>[N, C, H, W] (or [C, H, W], taken as one sample) to the shape [N, H, W, C].</summary>
    public static Shape ShapeOf(ReadOnlySpan<int> axes) => axes.Length switch
    {
        4 => new Shape(axes[0], axes[2], axes[3], axes[1]),
        3 => new Shape(1, axes[1], axes[2], axes[0]),
        _ => throw new ArgumentException($"a feature map has 3 or 4 axes, not {axes.Length}", nameof(axes)),
    };

    /// <summary>Values stored channels first, as a tensor.</summary>
    public static Tensor Upload(Workspace ws, ReadOnlySpan<float> values, ReadOnlySpan<int> axes)
    {
        ArgumentNullException.ThrowIfNull(ws);
        var shape = ShapeOf(axes);
        var turned = new float[values.Length];
        ChannelsLast.FromChannelsFirst(values, shape[0], shape[3], shape[1] * shape[2], turned);
        return ws.Upload(turned, shape);
    }

    /// <summary>A tensor's values, channels first.</summary>
    public static float[] Download(Workspace ws, Tensor map)
    {
        ArgumentNullException.ThrowIfNull(ws);
        ArgumentNullException.ThrowIfNull(map);
        var values = ws.Download(map);
        var turned = new float[values.Length];
        ChannelsLast.ToChannelsFirst(values, map.Shape[0], map.Shape[3], map.Shape[1] * map.Shape[2], turned);
        return turned;
    }
}
