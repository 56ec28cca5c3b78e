using System.Runtime.InteropServices;

namespace PgpSr.Tensors;

/// <summary>Operations as models write them: shapes are checked here, once, and the result is rented from the innermost scope.</summary>
public sealed partial class Workspace
{
    /// <summary>The spectrum's shape of a feature map [N, H, W, C]: [N, H, W/2+1, 2, C].</summary>
    public static Shape SpectrumShape(Shape map) => new(map[0], map[1], map[2] / 2 + 1, 2, map[3]);

    /// <summary>A tensor holding host values.</summary>
    public Tensor Upload(ReadOnlySpan<float> values, Shape shape)
    {
        if (values.Length != shape.Count) throw new ArgumentException($"{values.Length} values do not fill {shape}", nameof(values));
        var y = Rent(shape);
        Backend.Upload(MemoryMarshal.AsBytes(values), y);
        return y;
    }

    /// <summary>The values of a tensor, widened, after all queued work.</summary>
    public float[] Download(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        var values = new float[checked((int)x.Shape.Count)];
        Download(x, values);
        return values;
    }

    /// <summary>The values of a tensor, widened to as many floats, after all queued work.</summary>
    public void Download(Tensor x, Span<float> values)
    {
        Check(x);
        if (values.Length != x.Shape.Count) throw new ArgumentException($"{x} does not fill {values.Length} values", nameof(values));
        if (x.Type == DType.F32)
        {
            Backend.Download(x, MemoryMarshal.AsBytes(values));
            return;
        }
        var stored = new byte[x.ByteCount];
        Backend.Download(x, stored);
        Widen.ToSingle(x.Type, stored, values);
    }

    /// <summary>
    /// 2-D convolution; see <see cref="Backend.Conv2d"/>. x [N, H, W, in] to [N, H', W', out] of <paramref name="type"/>, or of x's.
    /// </summary>
    public Tensor Conv2d(Tensor x, PackedConv2d weight, in Epilogue epilogue = default, DType? type = null)
    {
        var y = Rent(ConvolvedShape(x, weight), type ?? x.Type);
        CheckEpilogue(weight.Name, epilogue, y);
        Backend.Conv2d(x, weight, epilogue, y);
        return y;
    }

    /// <summary>The same, to a tensor that is there: of a backend that <see cref="Backend.TakesChannels"/>, also to channels beside x in one map.</summary>
    public void Conv2d(Tensor x, PackedConv2d weight, in Epilogue epilogue, Tensor y)
    {
        var shape = ConvolvedShape(x, weight);
        CheckMaybeChannels(y);
        if (y.Shape != shape) throw Misfit(weight.Name, $"a result {shape}", y);
        CheckEpilogue(weight.Name, epilogue, y);
        Backend.Conv2d(x, weight, epilogue, y);
    }

    Shape ConvolvedShape(Tensor x, PackedConv2d weight)
    {
        CheckMaybeChannels(x);
        ArgumentNullException.ThrowIfNull(weight);
        if (x.Shape.Rank != 4 || x.Shape[3] != weight.Inputs) throw Misfit(weight.Name, $"a feature map [N, H, W, {weight.Inputs}]", x);
        int height = weight.Geometry.OutputHeight(x.Shape[1]), width = weight.Geometry.OutputWidth(x.Shape[2]);
        if (height < 1 || width < 1) throw Misfit(weight.Name, $"at least {weight.Geometry.KernelHeight}x{weight.Geometry.KernelWidth} pixels with padding", x);
        return new Shape(x.Shape[0], height, width, weight.Outputs);
    }

    /// <summary>
    /// Matrix product with a weight; see <see cref="Backend.Linear"/>. x [..., in] to [..., out] of <paramref name="type"/>, or of x's.
    /// </summary>
    public Tensor Linear(Tensor x, PackedLinear weight, in Epilogue epilogue = default, DType? type = null)
    {
        Check(x);
        ArgumentNullException.ThrowIfNull(weight);
        if (x.Shape.Rank < 1 || x.Shape[-1] != weight.Inputs) throw Misfit(weight.Name, $"rows of {weight.Inputs}", x);
        var y = Rent(x.Shape.WithLast(weight.Outputs), type ?? x.Type);
        CheckEpilogue(weight.Name, epilogue, y);
        Backend.Linear(x, weight, epilogue, y);
        return y;
    }

    /// <summary>
    /// Attention; see <see cref="Backend.Attention"/>. q [N, ..., C], k and v [N, ..., C] to q's shape: the axes between are positions, so feature maps
    /// serve as they are. scale null means 1/sqrt(C/heads).
    /// </summary>
    public Tensor Attention(Tensor q, Tensor k, Tensor v, int heads, bool causal = false, float? scale = null)
    {
        Check(q);
        CheckType("attention", q, k, v);
        ArgumentOutOfRangeException.ThrowIfLessThan(heads, 1);
        if (q.Shape.Rank < 3 || q.Shape[-1] % heads != 0) throw Misfit("attention q", $"[N, ..., C] with C a multiple of {heads} heads", q);
        if (k.Shape.Rank < 3 || k.Shape[0] != q.Shape[0] || k.Shape[-1] != q.Shape[-1]) throw Misfit("attention k", $"[{q.Shape[0]}, ..., {q.Shape[-1]}]", k);
        if (v.Shape != k.Shape) throw Misfit("attention v", $"{k.Shape}", v);
        Tensor qTokens = Tokens(q), kTokens = Tokens(k), vTokens = Tokens(v);
        if (causal && qTokens.Shape != kTokens.Shape) throw Misfit("causal attention", "as many queries as keys", q);
        var y = Rent(q.Shape, q.Type);
        Backend.Attention(qTokens, kTokens, vTokens, heads, scale ?? 1 / MathF.Sqrt(q.Shape[-1] / heads), causal, Tokens(y));
        return y;

        static Tensor Tokens(Tensor x) => x.Shape.Rank == 3 ? x
            : x.Reshape(new Shape(x.Shape[0], checked((int)(x.Shape.Rows / Math.Max(1, x.Shape[0]))), x.Shape[-1]));
    }

    /// <summary>Group normalization and activation; see <see cref="Backend.GroupNorm"/>.</summary>
    public Tensor GroupNorm(Tensor x, Tensor gamma, Tensor beta, int groups, float epsilon, Activation activation = Activation.None)
    {
        Check(x);
        CheckParameters("group norm", gamma, beta);
        ArgumentOutOfRangeException.ThrowIfLessThan(groups, 1);
        int channels = x.Shape[-1];
        if (channels % groups != 0) throw Misfit("group norm", $"channels in {groups} groups", x);
        if (gamma.Shape.Count != channels || beta.Shape.Count != channels) throw Misfit("group norm", $"{channels} gammas and betas", gamma);
        var y = Rent(x.Shape, x.Type);
        Backend.GroupNorm(x, gamma, beta, groups, epsilon, activation, y);
        return y;
    }

    /// <summary>Layer normalization over the last axis; see <see cref="Backend.LayerNorm"/>.</summary>
    public Tensor LayerNorm(Tensor x, Tensor gamma, Tensor beta, float epsilon)
    {
        Check(x);
        CheckParameters("layer norm", gamma, beta);
        if (gamma.Shape.Count != x.Shape[-1] || beta.Shape.Count != x.Shape[-1]) throw Misfit("layer norm", $"{x.Shape[-1]} gammas and betas", gamma);
        var y = Rent(x.Shape, x.Type);
        Backend.LayerNorm(x, gamma, beta, epsilon, y);
        return y;
    }

    /// <summary>Element-wise activation.</summary>
    public Tensor Activate(Tensor x, Activation activation)
    {
        Check(x);
        var y = Rent(x.Shape, x.Type);
        Backend.Activate(x, activation, y);
        return y;
    }

    /// <summary>x where it is positive, elsewhere x times its channel's slope; see <see cref="Backend.PRelu"/>.</summary>
    public Tensor PRelu(Tensor x, Tensor slopes)
    {
        Check(x);
        CheckParameters("prelu", slopes);
        if (slopes.Shape.Count != x.Shape[-1]) throw Misfit("prelu", $"{x.Shape[-1]} slopes", slopes);
        var y = Rent(x.Shape, x.Type);
        Backend.PRelu(x, slopes, y);
        return y;
    }

    /// <summary>x * sigmoid(x).</summary>
    public Tensor Silu(Tensor x) => Activate(x, Activation.Silu);

    /// <summary>a*x + b*z.</summary>
    public Tensor Combine(float a, Tensor x, float b, Tensor z)
    {
        CheckSame(x, z);
        var y = Rent(x.Shape, x.Type);
        Backend.Combine(a, x, b, z, y);
        return y;
    }

    /// <summary>a*x.</summary>
    public Tensor Scale(float a, Tensor x)
    {
        Check(x);
        var y = Rent(x.Shape, x.Type);
        Backend.Scale(a, x, y);
        return y;
    }

    /// <summary>Channels of a, then of b.</summary>
    public Tensor ConcatChannels(Tensor a, Tensor b)
    {
        CheckType("channel concatenation", a, b);
        if (a.Shape.WithLast(1) != b.Shape.WithLast(1)) throw Misfit("channel concatenation", $"the positions of {a.Shape}", b);
        var y = Rent(a.Shape.WithLast(a.Shape[-1] + b.Shape[-1]), a.Type);
        Backend.ConcatChannels(a, b, y);
        return y;
    }

    /// <summary>Channels start .. start+count of x.</summary>
    public Tensor SliceChannels(Tensor x, int start, int count)
    {
        Check(x);
        if (start < 0 || count < 1 || start > x.Shape[-1] - count) throw Misfit("channel slice", $"channels {start}..{start + count}", x);
        var y = Rent(x.Shape.WithLast(count), x.Type);
        Backend.SliceChannels(x, start, y);
        return y;
    }

    /// <summary>Nearest-neighbor resize of [N, H, W, C]; see <see cref="Backend.ResizeNearest"/>.</summary>
    public Tensor ResizeNearest(Tensor x, int height, int width)
    {
        CheckMap("resize", x);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        var y = Rent(new Shape(x.Shape[0], height, width, x.Shape[3]), x.Type);
        Backend.ResizeNearest(x, y);
        return y;
    }

    /// <summary>Pixel blocks to channels; see <see cref="Backend.SpaceToDepth"/>.</summary>
    public Tensor SpaceToDepth(Tensor x, int factor)
    {
        CheckMap("space to depth", x);
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        if (x.Shape[1] % factor != 0 || x.Shape[2] % factor != 0) throw Misfit("space to depth", $"sides that are multiples of {factor}", x);
        var y = Rent(new Shape(x.Shape[0], x.Shape[1] / factor, x.Shape[2] / factor, checked(x.Shape[3] * factor * factor)), x.Type);
        Backend.SpaceToDepth(x, factor, y);
        return y;
    }

    /// <summary>Channels to pixel blocks; see <see cref="Backend.DepthToSpace"/>.</summary>
    public Tensor DepthToSpace(Tensor x, int factor)
    {
        CheckMap("depth to space", x);
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        if (x.Shape[3] % (factor * factor) != 0) throw Misfit("depth to space", $"channels that are a multiple of {factor * factor}", x);
        var y = Rent(new Shape(x.Shape[0], checked(x.Shape[1] * factor), checked(x.Shape[2] * factor), x.Shape[3] / (factor * factor)), x.Type);
        Backend.DepthToSpace(x, factor, y);
        return y;
    }

    /// <summary>Forward real 2-D DFT; see <see cref="Backend.RealFft2d"/>. [N, H, W, C] to [N, H, W/2+1, 2, C].</summary>
    public Tensor RealFft2d(Tensor x)
    {
        CheckMap("FFT", x);
        var spectrum = Rent(SpectrumShape(x.Shape));
        Backend.RealFft2d(x, spectrum);
        return spectrum;
    }

    /// <summary>Inverse of <see cref="RealFft2d"/> for a map of the given width.</summary>
    public Tensor InverseRealFft2d(Tensor spectrum, int width)
    {
        CheckParameters("inverse FFT", spectrum);
        if (spectrum.Shape.Rank != 5 || spectrum.Shape[3] != 2 || spectrum.Shape[2] != width / 2 + 1) throw Misfit("inverse FFT", $"[N, H, {width / 2 + 1}, 2, C]", spectrum);
        var y = Rent(new Shape(spectrum.Shape[0], spectrum.Shape[1], width, spectrum.Shape[4]));
        Backend.InverseRealFft2d(spectrum, y);
        return y;
    }

    /// <summary>
    /// The phase-exchange operator (method 2.4): u' = Re IFFT(|U| V/|V|), v' = Re IFFT(|V| U/|U|). All [N, H, W, C].
    /// </summary>
    public (Tensor U, Tensor V) PhaseExchange(Tensor u, Tensor v)
    {
        CheckMap("phase exchange", u);
        CheckSame(u, v);
        using var scope = Scope();
        var exchangedU = scope.Return(Rent(u.Shape, u.Type));
        var exchangedV = scope.Return(Rent(u.Shape, u.Type));
        Backend.PhaseExchange(u, v, exchangedU, exchangedV);
        return (exchangedU, exchangedV);
    }

    /// <summary>
    /// Sinusoidal embedding of timesteps, as diffusers' <c>get_timestep_embedding</c>: frequencies exp(-ln(10000) i / (half - shift)), computed in
    /// float32 from float32 angles like the original. [N] to [N, dimension]; an odd dimension ends in a zero.
    /// </summary>
    /// <param name="timesteps">One per sample; fractions allowed.</param>
    /// <param name="dimension">Length of each embedding.</param>
    /// <param name="flipSinToCos">Cosines first (SDXL) rather than sines first.</param>
    /// <param name="frequencyShift">diffusers' <c>downscale_freq_shift</c>.</param>
    public Tensor TimestepEmbedding(ReadOnlySpan<float> timesteps, int dimension, bool flipSinToCos = true, float frequencyShift = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 2);
        int half = dimension / 2;
        var values = new float[timesteps.Length * dimension];
        for (int n = 0; n < timesteps.Length; n++)
        {
            var row = values.AsSpan(n * dimension, dimension);
            for (int i = 0; i < half; i++)
            {
                float angle = timesteps[n] * MathF.Exp(-MathF.Log(10000) * i / (half - frequencyShift));
                row[flipSinToCos ? half + i : i] = MathF.Sin(angle);
                row[flipSinToCos ? i : half + i] = MathF.Cos(angle);
            }
        }
        return Upload(values, new Shape(timesteps.Length, dimension));
    }

    /// <summary>The samples of x one after the other, as often as asked: [N, ...] to [N * count, ...].</summary>
    public Tensor Repeat(Tensor x, int count)
    {
        Check(x);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Span<int> axes = stackalloc int[Shape.MaxRank];
        x.Shape.CopyTo(axes);
        int samples = axes[0];
        axes[0] = checked(samples * count);
        var y = Rent(new Shape(axes[..x.Shape.Rank]), x.Type);
        for (int i = 0; i < count; i++) Backend.Copy(x, y.Slice(i * samples, samples));
        return y;
    }

    /// <summary>Gives <paramref name="old"/> back, now that <paramref name="next"/> was computed from it: <c>h = ws.Replace(h, conv.Forward(ws, h))</c>.</summary>
    public Tensor Replace(Tensor old, Tensor next)
    {
        ArgumentNullException.ThrowIfNull(old);
        if (old != next) old.Dispose();
        return next;
    }

    /// <summary>A copy, for values that must outlive their source.</summary>
    public Tensor Copy(Tensor x)
    {
        Check(x);
        var y = Rent(x.Shape, x.Type);
        Backend.Copy(x, y);
        return y;
    }

    /// <summary>Copies x to a tensor of its shape: of a backend that <see cref="Backend.TakesChannels"/>, also to channels of a wider map.</summary>
    public void Copy(Tensor x, Tensor y)
    {
        Check(x);
        CheckMaybeChannels(y);
        if (x.Shape != y.Shape || x.Type != y.Type) throw Misfit("copy", $"{x.Type} {x.Shape}", y);
        Backend.Copy(x, y);
    }

    void Check(Tensor tensor)
    {
        CheckMaybeChannels(tensor);
        if (tensor.IsChannels) throw new ArgumentException($"{tensor} are channels of a wider map, which this operation does not take");
    }

    void CheckMaybeChannels(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.IsChannels && !Backend.TakesChannels) throw new ArgumentException($"{Backend.Name} does not take channels of a wider map: {tensor}");
        if (tensor.IsReturned) throw new InvalidOperationException($"{tensor} was returned to its workspace and cannot be read");
        if (!IsActivation(tensor)) throw new ArgumentException($"{Backend.Name} takes {Types()} activations, not {tensor}");
    }

    string Types() => Backend.ActivationType == DType.F32 ? "F32" : $"F32 and {Backend.ActivationType}";

    // Operands between which nothing is converted: only products change the type.
    void CheckType(string what, Tensor first, params ReadOnlySpan<Tensor> others)
    {
        Check(first);
        foreach (var other in others)
        {
            Check(other);
            if (other.Type != first.Type) throw Misfit(what, $"{first.Type} like the first operand", other);
        }
    }

    // What is float32 whatever the maps are: parameters, vectors of a sample, spectra.
    void CheckParameters(string what, params ReadOnlySpan<Tensor> tensors)
    {
        foreach (var tensor in tensors)
        {
            Check(tensor);
            if (tensor.Type != DType.F32) throw Misfit(what, "F32 parameters", tensor);
        }
    }

    void CheckSame(Tensor a, Tensor b)
    {
        CheckType("element-wise operation", a, b);
        if (a.Shape != b.Shape) throw Misfit("element-wise operation", $"{a.Shape}", b);
    }

    void CheckMap(string what, Tensor x)
    {
        Check(x);
        if (x.Shape.Rank != 4 || x.Shape.Count == 0) throw Misfit(what, "a feature map [N, H, W, C] with at least one pixel", x);
    }

    void CheckEpilogue(string name, in Epilogue epilogue, Tensor y)
    {
        if (epilogue.Scale is not null && !Backend.TakesChannels) throw new ArgumentException($"{name}: {Backend.Name} does not scale results");
        if (epilogue.Residual is { } residual)
        {
            CheckMaybeChannels(residual);
            if (residual.Type != y.Type) throw Misfit(name, $"a residual of {y.Type}", residual);
            if (residual.Shape != y.Shape) throw Misfit(name, $"a residual {y.Shape}", residual);
        }
        if (epilogue.PerChannel is { } perChannel)
        {
            CheckParameters(name, perChannel);
            if (perChannel.Shape[-1] != y.Shape[-1] || perChannel.Shape.Rows != y.Shape[0]) throw Misfit(name, $"a per-channel term [{y.Shape[0]}, {y.Shape[-1]}]", perChannel);
        }
    }

    static ArgumentException Misfit(string name, string expected, Tensor found) => new($"{name}: expected {expected}, got {found}");
}
