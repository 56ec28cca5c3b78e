using PgpSr.Tensors;

namespace PgpSr.Models;

// Residual block of SDXL's UNet and VAE (diffusers ResnetBlock2D): norm1 > silu > conv1 > +time > norm2 > silu > conv2 > +shortcut. An autoencoder's has
// no time, nor has a UNet's that is told none.
sealed class ResnetBlock(GroupNorm norm1, Conv2d conv1, Linear? timeProjection, GroupNorm norm2, Conv2d conv2, Conv2d? shortcut)
{
    /// <summary>A UNet's.</summary>
    public static ResnetBlock Load(WeightScope w, int inputs, int outputs, UnetConfig config) =>
        Load(w, inputs, outputs, config.TimeChannels, config.Groups(inputs), config.Groups(outputs), config.NormEpsilon);

    /// <summary>An autoencoder's.</summary>
    public static ResnetBlock Load(WeightScope w, int inputs, int outputs, int groups, float epsilon) =>
        Load(w, inputs, outputs, timeChannels: 0, groups, groups, epsilon);

    /// <summary>Any.</summary>
    public static ResnetBlock Load(WeightScope w, int inputs, int outputs, int timeChannels, int inputGroups, int outputGroups, float epsilon) => new(
        norm1: GroupNorm.Load(w["norm1"], inputs, inputGroups, epsilon),
        conv1: Conv2d.Load(w["conv1"], inputs, outputs, kernel: 3),
        timeProjection: timeChannels == 0 ? null : Linear.Load(w["time_emb_proj"], timeChannels, outputs),
        norm2: GroupNorm.Load(w["norm2"], outputs, outputGroups, epsilon),
        conv2: Conv2d.Load(w["conv2"], outputs, outputs, kernel: 3),
        shortcut: inputs == outputs ? null : Conv2d.Load(w["conv_shortcut"], inputs, outputs, kernel: 1));

    /// <param name="ws">Workspace.</param>
    /// <param name="x">[N, H, W, inputs].</param>
    /// <param name="time">silu of the time embedding, [N, timeChannels]; null for a block without time.</param>
    public Tensor Forward(Workspace ws, Tensor x, Tensor? time)
    {
        using var scope = ws.Scope(nameof(ResnetBlock));
        var t = timeProjection?.Forward(ws, time!);                                     // [N, outputs]
        var h = norm1.ForwardSilu(ws, x);
        h = ws.Replace(h, conv1.Forward(ws, h, new Epilogue(PerChannel: t)));           // [N, H, W, outputs]
        h = ws.Replace(h, norm2.ForwardSilu(ws, h));
        return scope.Return(conv2.Forward(ws, h, new Epilogue(Residual: shortcut?.Forward(ws, x) ?? x)));
    }
}
