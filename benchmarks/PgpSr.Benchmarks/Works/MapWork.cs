using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>
/// What memory limits, on a feature map x [samples, height, width, channels]: <c>group_norm_silu</c> (32 groups), <c>layer_norm</c>, <c>silu</c>,
/// <c>add</c> (of a second map), <c>copy</c>. Shape: <c>channels x height x width</c>.
/// </summary>
sealed record MapWork(string Kind, int Channels, int Height, int Width, int Samples = 1) : Work(Kind, Spelled(Samples, $"{Channels}x{Height}x{Width}"))
{
    public const string GroupNorm = "group_norm_silu";

    // Added to the variance; diffusers' UNet default.
    const float Epsilon = 1e-5f;

    static readonly string[] s_kinds = [GroupNorm, "layer_norm", "silu", "add", "copy"];

    /// <summary>As in the networks of Stable Diffusion.</summary>
    public int Groups => Math.Min(32, Channels / 2);

    /// <summary>Of a norm, nominal: sum, sum of squares, scale and shift, exponential counted as one, divide, multiply.</summary>
    public override double Flops => Kind == GroupNorm ? 8.0 * Elements : 0;

    public override double Bytes => 4.0 * Elements * (Kind == "add" ? 3 : 2);

    public override bool MemoryBound => true;

    public override int StreamedElements => Kind == GroupNorm ? Elements : 0;

    int Elements => Checked((double)Samples * Channels * Height * Width, Shape);

    public override BackendWork Prepare(Backend backend, string form, DType weights, bool owned)
    {
        var work = new BackendWork(form, backend, weights, owned) { Flops = Flops };
        Tensor Map(ulong seed) => work.Filled(Noise.Uniform(Elements, 2, seed), Samples, Height, Width, Channels);
        Tensor Vector(ulong seed) => work.Filled(Noise.Weights(Channels, 1, seed), Channels);
        Tensor x = Map(1), y = work.Output(Samples, Height, Width, Channels), gamma = Vector(2), beta = Vector(3);
        Tensor? other = Kind == "add" ? Map(4) : null;
        return work.Does(Kind switch
        {
            GroupNorm => () => backend.GroupNorm(x, gamma, beta, Groups, Epsilon, Activation.Silu, y),
            "layer_norm" => () => backend.LayerNorm(x, gamma, beta, Epsilon, y),
            "silu" => () => backend.Activate(x, Activation.Silu, y),
            "add" => () => backend.Add(x, other!, y),
            _ => () => backend.Copy(x, y),
        });
    }

    internal static Work? Parse(string operation, string shape) =>
        s_kinds.Contains(operation) && Sizes(shape, "x", 3) is { } s && (operation != GroupNorm || s[1] > 1 && s[1] % Math.Min(32, s[1] / 2) == 0)
            ? new MapWork(operation, s[1], s[2], s[3], s[0]) : null;
}
