using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>
/// What memory limits, on a feature map x [samples, height, width, channels]: <c>group_norm_silu</c> (32 groups), <c>layer_norm</c>, <c>silu</c>,
/// <c>add</c> (of a second map), <c>copy</c>; <c>rfft2_irfft2</c>, the real 2-D transform of every channel and its inverse.
/// Shape: <c>channels x height x width</c>.
/// </summary>
sealed record MapWork(string Kind, int Channels, int Height, int Width, int Samples = 1) : Work(Kind, Spelled(Samples, $"{Channels}x{Height}x{Width}"))
{
    public const string GroupNorm = "group_norm_silu", Fft = "rfft2_irfft2";

    // Added to the variance; diffusers' UNet default.
    const float Epsilon = 1e-5f;

    static readonly string[] s_kinds = [GroupNorm, "layer_norm", "silu", "add", "copy", Fft];

    /// <summary>As in the networks of Stable Diffusion.</summary>
    public int Groups => Math.Min(32, Channels / 2);

    Shape Map => new(Samples, Height, Width, Channels);

    /// <summary>
    /// Nominal: of a norm sum, sum of squares, scale and shift, exponential counted as one, divide, multiply; of a real transform of n points
    /// 2.5 n log2(n), twice.
    /// </summary>
    public override double Flops => Map.Count * Kind switch { GroupNorm => 8, Fft => 5 * double.Log2((double)Height * Width), _ => 0 };

    /// <summary>Each transform is rows, then columns: the map and its half spectrum move four times.</summary>
    public override double Bytes => 4.0 * Map.Count * Kind switch { "add" => 3, Fft => 8, _ => 2 };

    public override bool MemoryBound => true;

    public override int StreamedElements => Kind == GroupNorm ? checked((int)Map.Count) : 0;

    protected override Action Prepared(BackendWork work)
    {
        Backend backend = work.Backend;
        Tensor x = work.Filled(Map, 2), y = work.Output(Map), gamma = work.Filled(new(Channels)), beta = work.Filled(new(Channels));
        switch (Kind)
        {
            case GroupNorm: return () => backend.GroupNorm(x, gamma, beta, Groups, Epsilon, Activation.Silu, y);
            case "layer_norm": return () => backend.LayerNorm(x, gamma, beta, Epsilon, y);
            case "silu": return () => backend.Activate(x, Activation.Silu, y);
            case "copy": return () => backend.Copy(x, y);
            case "add":
                Tensor other = work.Filled(Map, 2);
                return () => backend.Add(x, other, y);
            default:
                Tensor spectrum = work.Empty(new(Samples, Height, Width / 2 + 1, 2, Channels));
                return () =>
                {
                    backend.RealFft2d(x, spectrum);
                    backend.InverseRealFft2d(spectrum, y);
                };
        }
    }

    internal static Work? Parse(string operation, string shape) =>
        s_kinds.Contains(operation) && Sizes(shape, "x", 3) is { } s && (operation != GroupNorm || s[1] > 1 && s[1] % Math.Min(32, s[1] / 2) == 0)
            ? new MapWork(operation, s[1], s[2], s[3], s[0]) : null;
}
