using System.Collections.Immutable;
using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>
/// An SDXL UNet (diffusers UNet2DConditionModel) and any topology that <see cref="UnetConfig"/> can say. It predicts noise or velocity of
/// a latent [N, H, W, InChannels] at a timestep.
/// </summary>
sealed class Unet : LoadedNetwork<UnetConfig>
{
    readonly PhaseGuidance? _phase;
    readonly TimestepMlp? _timeEmbedding;
    readonly EmbeddingTable? _classEmbedding;
    readonly TimestepMlp? _addEmbedding;
    readonly Conv2d _convIn;
    readonly ImmutableArray<UnetStage> _down;
    readonly UnetMiddle? _middle;
    readonly ImmutableArray<UnetStage> _up;
    readonly GroupNorm _convNormOut;
    readonly Conv2d _convOut;

    Unet(WeightScope w, UnetConfig config, PhaseGuidance? phase = null)
        : base(config)
    {
        _phase = phase;
        config.Validate();
        int stem = config.StemChannels;
        _timeEmbedding = config.HasTime ? TimestepMlp.Load(w["time_embedding"], stem, config.TimeChannels) : null;
        _classEmbedding = config.ClassEmbeddings > 0 ? w["class_embedding"].Table("weight", config.ClassEmbeddings, config.TimeChannels) : null;
        _addEmbedding = config.AddedCondition is { } added
            ? TimestepMlp.Load(w["add_embedding"], added.PooledChannels + AddedConditionConfig.Numbers * added.NumberChannels, config.TimeChannels)
                : null;
        _convIn = Conv2d.Load(w["conv_in"], config.InChannels, stem, kernel: 3);

        // The skips' channels decide what the ResNets on the way up take in.
        var skips = new Stack<int>([stem]);
        int channels = stem;
        var down = ImmutableArray.CreateBuilder<UnetStage>();
        foreach (var stage in config.Down)
        {
            var inputs = new List<int>();
            foreach (int _ in stage.TransformerDepths)
            {
                inputs.Add(channels);
                channels = stage.Channels;
                skips.Push(channels);
            }
            if (stage.Resample) skips.Push(stage.Channels);
            down.Add(UnetStage.Load(w, "down_blocks", down.Count, config, stage, inputs, downward: true));
        }
        _down = down.ToImmutable();
        _middle = config.Middle is { } middle ? UnetMiddle.Load(w["mid_block"], config, middle) : null;
        var up = ImmutableArray.CreateBuilder<UnetStage>();
        foreach (var stage in config.Up)
        {
            var inputs = new List<int>();
            foreach (int _ in stage.TransformerDepths)
            {
                inputs.Add(channels + skips.Pop());
                channels = stage.Channels;
            }
            up.Add(UnetStage.Load(w, "up_blocks", up.Count, config, stage, inputs, downward: false));
        }
        _up = up.ToImmutable();
        _convNormOut = GroupNorm.Load(w["conv_norm_out"], stem, config.Groups(stem), config.NormEpsilon);
        _convOut = Conv2d.Load(w["conv_out"], stem, config.OutChannels, kernel: 3);
    }

    /// <summary>Loads a network; every tensor of the source must be used.</summary>
    /// <exception cref="WeightsException">Lists every missing, unexpected, misshapen or non-finite tensor.</exception>
    /// <exception cref="OperationCanceledException">Cancelled between two tensors; everything was given back.</exception>
    public static Unet Load(WeightSource source, Backend backend, UnetConfig config, CancellationToken cancellation = default) =>
        WeightLoader.Load(source, backend, config, (w, known) => new Unet(w, known), cancellation);

    /// <summary>Every tensor that a configuration needs, in the order of loading.</summary>
    public static ImmutableArray<TensorDeclaration> Declare(UnetConfig config) =>
        WeightLoader.Declare(config, (w, known) => new Unet(w, known));

    /// <summary>As part of a larger network, which owns the weights.</summary>
    internal static Unet LoadPart(WeightScope w, UnetConfig config, PhaseGuidance? phase) => new(w, config, phase);

    /// <summary>
    /// Keys and values of every cross-attention for a text: the same in every step, and one thirtieth of SDXL's work at 512 x 512 pixels. They take
    /// 51 MB a row of SDXL. The caller gives them with the condition (<see cref="UnetCondition.TextKeys"/>) and disposes them.
    /// </summary>
    /// <param name="ws">Workspace.</param>
    /// <param name="context">Text states [N, T, ContextChannels]; kept.</param>
    public TextKeys ProjectText(Workspace ws, Tensor context)
    {
        ArgumentNullException.ThrowIfNull(ws);
        using var scope = ws.Scope(nameof(ProjectText));
        var keys = new TextKeys();
        foreach (var attention in _down.Concat(_up).SelectMany(stage => stage.CrossAttentions).Concat(_middle?.CrossAttentions ?? []))
        {
            var (k, v) = attention.Project(ws, context, ws.Backend.ActivationType);
            keys.Add(attention, scope.Return(k), scope.Return(v));
        }
        return keys;
    }

    /// <summary>One evaluation.</summary>
    /// <param name="ws">Workspace.</param>
    /// <param name="x">The scaled latent [N, H, W, InChannels]; kept.</param>
    /// <param name="timestep">Of all rows; fractions allowed. Ignored by a network without time.</param>
    /// <param name="condition">Text and sizes.</param>
    /// <param name="probe">Looks at features on their way, or null.</param>
    /// <param name="deep">Features kept between evaluations, or null for a complete one that keeps none.</param>
    /// <returns>[N, H, W, OutChannels], float32.</returns>
    public Tensor Forward(Workspace ws, Tensor x, float timestep, UnetCondition condition, FeatureProbe? probe = null, DeepFeatures? deep = null)
    {
        ArgumentNullException.ThrowIfNull(ws);
        ArgumentNullException.ThrowIfNull(x);
        using var scope = ws.Scope(nameof(Unet));
        return scope.Return(Body(ws, Stem(ws, x), timestep, condition, probe: probe, deep: deep));
    }

    /// <summary>
    /// Features that <see cref="DeepFeatures"/> keeps of a latent [rows, height, width, C]; of a network that <see cref="UnetConfig.HasOuterLevel"/>.
    /// </summary>
    public Shape DeepShape(int rows, int height, int width) => new(rows, height, width, Config.Up[^2].Channels);

    /// <summary>conv_in: [N, H, W, InChannels] to [N, H, W, StemChannels]. From here on features are stored as the backend likes them.</summary>
    internal Tensor Stem(Workspace ws, Tensor x) => _convIn.Forward(ws, x, type: ws.Backend.ActivationType);

    /// <summary>
    /// Everything after conv_in. Gives <paramref name="x"/> back: it is the first skip. <paramref name="guide"/> is what phase adapters of the
    /// decoder see; <paramref name="deep"/> is as for <see cref="Forward"/>.
    /// </summary>
    internal Tensor Body(
        Workspace ws, Tensor x, float timestep, UnetCondition condition, Tensor? guide = null, FeatureProbe? probe = null, DeepFeatures? deep = null)
    {
        using var scope = ws.Scope(nameof(Body));
        CheckCondition(x.Shape[0], condition);
        var time = Time(ws, x.Shape[0], timestep, condition);                                   // 1. time
        var skips = new SkipStack();
        skips.Push(x);
        Tensor h;
        bool reuse = deep is { Reuse: true };
        if (reuse)
        {
            _down[0].DownLayers(ws, x, time, condition, skips, probe);
            h = deep!.Value.Map;
        }
        else
        {
            h = Deep(ws, x, time, condition, skips, guide, probe);
            if (deep is { } kept) ws.Copy(h, kept.Map);
        }
        h = _up[^1].Up(ws, h, time, condition, skips, probe, keep: reuse);
        h = ws.Replace(h, _convNormOut.ForwardSilu(ws, h));                                     // 5. out
        return scope.Return(ws.Replace(h, _convOut.Forward(ws, h, type: DType.F32)));
    }

    // Everything between the stem and the last level up: what that is given. Rents from the caller's scope.
    Tensor Deep(Workspace ws, Tensor x, Tensor? time, UnetCondition condition, SkipStack skips, Tensor? guide, FeatureProbe? probe)
    {
        var h = x;
        foreach (var stage in _down) h = stage.Down(ws, h, time, condition, skips, probe); // 2. down
        if (_middle is not null) h = _middle.Forward(ws, h, time, condition, probe);    // 3. middle
        List<Tensor> pyramid = _phase is null || guide is null ? [] : _phase.Pyramid(ws, guide);
        for (int i = 0; i < _up.Length; i++)                                                    // 4. up
        {
            if (pyramid.Count > 0)
            {
                var refined = _phase!.Decoder(ws, i, h, pyramid);
                if (i > 0 || _middle is not null) h.Dispose(); // without a bottleneck the first input is still a skip
                h = refined;
            }
            if (i < _up.Length - 1) h = _up[i].Up(ws, h, time, condition, skips, probe);
        }
        return h;
    }

    void CheckCondition(int rows, UnetCondition condition)
    {
        if (Config.ContextChannels > 0
            && (condition.Context is null || condition.Context.Shape[0] != rows || condition.Context.Shape[-1] != Config.ContextChannels))
        {
            throw new ArgumentException(
                $"the network takes text states [{rows}, T, {Config.ContextChannels}], got {condition.Context?.ToString() ?? "none"}", nameof(condition));
        }
        int classes = Config.ClassEmbeddings;
        if (classes > 0 && (condition.ClassLabels.Length != rows || condition.ClassLabels.Any(label => label < 0 || label >= classes)))
            throw new ArgumentException($"the network takes a class of 0 to {classes - 1} for each of {rows} rows", nameof(condition));
        if (Config.AddedCondition is not { } added) return;
        if (condition.Pooled is null || condition.Pooled.Shape != new Shape(rows, added.PooledChannels))
        {
            throw new ArgumentException(
                $"the network takes pooled text [{rows}, {added.PooledChannels}], got {condition.Pooled?.ToString() ?? "none"}", nameof(condition));
        }
        if (condition.Numbers.IsDefault || condition.Numbers.Length != rows * AddedConditionConfig.Numbers)
            throw new ArgumentException($"the network takes {AddedConditionConfig.Numbers} sizes for each of {rows} rows", nameof(condition));
    }

    // silu(time_embedding(sinusoid(t)) + class_embedding(label) + add_embedding([pooled, sinusoids of the six numbers])): every ResNet begins with this
    // silu, so it is taken once.
    Tensor? Time(Workspace ws, int rows, float timestep, UnetCondition condition)
    {
        if (_timeEmbedding is null) return null;
        using var scope = ws.Scope(nameof(Time));
        var t = ws.TimestepEmbedding([.. Enumerable.Repeat(timestep, rows)], Config.StemChannels);
        var classes = Classes(ws, condition);
        if (_addEmbedding is null) return scope.Return(ws.Silu(_timeEmbedding.Forward(ws, t, new Epilogue(Residual: classes))));
        var numbers = ws.TimestepEmbedding(condition.Numbers.AsSpan(), Config.AddedCondition!.NumberChannels)
            .Reshape(new Shape(rows, AddedConditionConfig.Numbers * Config.AddedCondition.NumberChannels));
        var added = _addEmbedding.Forward(ws, ws.ConcatChannels(condition.Pooled!, numbers), new Epilogue(Residual: classes));
        return scope.Return(ws.Silu(_timeEmbedding.Forward(ws, t, new Epilogue(Residual: added))));
    }

    // [rows, TimeChannels]
    Tensor? Classes(Workspace ws, UnetCondition condition)
    {
        if (_classEmbedding is null) return null;
        float[] rows = new float[condition.ClassLabels.Length * Config.TimeChannels];
        for (int i = 0; i < condition.ClassLabels.Length; i++)
            _classEmbedding.AddTo(condition.ClassLabels[i], rows.AsSpan(i * Config.TimeChannels, Config.TimeChannels));
        return ws.Upload(rows, new Shape(condition.ClassLabels.Length, Config.TimeChannels));
    }
}
