using System.Collections.Immutable;
using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>
/// A CLIP text encoder: token and position embeddings, pre-norm layers with causal attention. SDXL takes the states before the last layer, without
/// the final norm, and from the larger encoder a pooled projection.
/// </summary>
sealed class ClipTextEncoder : LoadedNetwork<ClipConfig>
{
    readonly EmbeddingTable _tokens;
    readonly EmbeddingTable _positions;
    readonly ImmutableArray<Layer> _layers;
    readonly LayerNorm _finalLayerNorm;
    readonly Linear? _projection;

    ClipTextEncoder(WeightScope w, ClipConfig config)
        : base(config)
    {
        var model = w["text_model"];
        _tokens = model["embeddings"].Table("token_embedding.weight", config.Vocabulary, config.Width);
        _positions = model["embeddings"].Table("position_embedding.weight", config.Positions, config.Width);
        _layers = [.. Enumerable.Range(0, config.Layers).Select(i => Layer.Load(model["encoder"]["layers"][i], config))];
        _finalLayerNorm = LayerNorm.Load(model["final_layer_norm"], config.Width);
        _projection = config.ProjectionWidth == 0 ? null : Linear.Load(w["text_projection"], config.Width, config.ProjectionWidth, bias: false);
    }

    /// <summary>Loads an encoder; every tensor of the source must be used (constant <c>position_ids</c> excepted).</summary>
    /// <exception cref="WeightsException">Lists every missing, unexpected, misshapen or non-finite tensor.</exception>
    public static ClipTextEncoder Load(WeightSource source, Backend backend, ClipConfig config, CancellationToken cancellation = default) =>
        WeightLoader.Load(source, backend, config, (w, known) => new ClipTextEncoder(w, known), cancellation);

    /// <summary>Every tensor that a configuration needs, in the order of loading.</summary>
    public static ImmutableArray<TensorDeclaration> Declare(ClipConfig config) =>
        WeightLoader.Declare(config, (w, known) => new ClipTextEncoder(w, known));

    /// <summary>Encodes prompts.</summary>
    /// <param name="ws">Workspace.</param>
    /// <param name="ids">Token ids, prompt after prompt, <paramref name="length"/> each.</param>
    /// <param name="length">Tokens of a prompt, padding included: 77.</param>
    /// <param name="pooled">
    /// Whether the pooled state is wanted; null for yes if there is a projection. Without one it is the final state at the end token.
    /// </param>
    /// <returns>States before the last layer [N, length, Width], and the pooled state [N, ProjectionWidth or Width] or null.</returns>
    /// <exception cref="ArgumentException">The ids do not divide into prompts, or one is outside the vocabulary.</exception>
    public (Tensor Penultimate, Tensor? Pooled) Forward(Workspace ws, ReadOnlySpan<int> ids, int length, bool? pooled = null)
    {
        ArgumentNullException.ThrowIfNull(ws);
        CheckLength(ids, length);
        using var scope = ws.Scope(nameof(ClipTextEncoder));
        var x = Embed(ws, ids, length);                                                 // [N, length, Width]
        Tensor penultimate = x;
        for (int i = 0; i < _layers.Length; i++)
        {
            if (i == _layers.Length - 1)
            {
                penultimate = scope.Return(x);
                if (!(pooled ?? _projection is not null)) return (penultimate, null);
            }
            var next = _layers[i].Forward(ws, x);
            if (x != penultimate || i < _layers.Length - 1) x.Dispose();
            x = next;
        }
        x = ws.Replace(x, _finalLayerNorm.Forward(ws, x));
        var end = AtEnd(ws, x, ids, length);
        return (penultimate, scope.Return(_projection?.Forward(ws, end) ?? end));
    }

    /// <summary>
    /// The states of all tokens after the last layer and the final norm: what Stable Diffusion 2's UNet takes, whose encoder was published without the
    /// layer that it leaves out.
    /// </summary>
    /// <param name="ws">Workspace.</param>
    /// <param name="ids">Token ids, prompt after prompt, <paramref name="length"/> each.</param>
    /// <param name="length">Tokens of a prompt, padding included.</param>
    /// <returns>[N, length, Width].</returns>
    /// <exception cref="ArgumentException">The ids do not divide into prompts, or one is outside the vocabulary.</exception>
    public Tensor FinalStates(Workspace ws, ReadOnlySpan<int> ids, int length)
    {
        ArgumentNullException.ThrowIfNull(ws);
        CheckLength(ids, length);
        using var scope = ws.Scope(nameof(ClipTextEncoder));
        var x = Embed(ws, ids, length);
        foreach (var layer in _layers) x = ws.Replace(x, layer.Forward(ws, x));
        return scope.Return(_finalLayerNorm.Forward(ws, x));
    }

    void CheckLength(ReadOnlySpan<int> ids, int length)
    {
        if (length < 1 || length > Config.Positions || ids.Length == 0 || ids.Length % length != 0)
            throw new ArgumentException($"{ids.Length} ids do not make prompts of {length} tokens (at most {Config.Positions})", nameof(ids));
    }

    Tensor Embed(Workspace ws, ReadOnlySpan<int> ids, int length)
    {
        var rows = new float[ids.Length * Config.Width];
        for (int i = 0; i < ids.Length; i++)
        {
            if ((uint)ids[i] >= (uint)Config.Vocabulary)
                throw new ArgumentException($"token id {ids[i]} is outside the vocabulary of {Config.Vocabulary}", nameof(ids));
            var row = rows.AsSpan(i * Config.Width, Config.Width);
            _tokens.AddTo(ids[i], row);
            _positions.AddTo(i % length, row);
        }
        return ws.Upload(rows, new Shape(ids.Length / length, length, Config.Width));
    }

    // The state at each prompt's end token, [N, Width].
    Tensor AtEnd(Workspace ws, Tensor x, ReadOnlySpan<int> ids, int length)
    {
        float[] states = ws.Download(x);
        int prompts = ids.Length / length;
        var ends = new float[prompts * Config.Width];
        for (int n = 0; n < prompts; n++)
        {
            var prompt = ids.Slice(n * length, length);
            int at = Config.EndOfText == ClipConfig.LegacyEndOfText ? prompt.IndexOf(System.Numerics.Tensors.TensorPrimitives.Max(prompt))
                : Math.Max(0, prompt.IndexOf(Config.EndOfText));
            states.AsSpan((n * length + at) * Config.Width, Config.Width).CopyTo(ends.AsSpan(n * Config.Width));
        }
        return ws.Upload(ends, new Shape(prompts, Config.Width));
    }

    // x += out_proj(attention(layer_norm1 x)); x += fc2(act(fc1(layer_norm2 x)))
    sealed class Layer(LayerNorm norm1, Linear q, Linear k, Linear v, Linear outProjection, LayerNorm norm2, Linear fc1, Linear fc2, int heads,
        Activation activation)
    {
        public static Layer Load(WeightScope w, ClipConfig config)
        {
            var attention = w["self_attn"];
            return new(
                norm1: LayerNorm.Load(w["layer_norm1"], config.Width),
                q: Linear.Load(attention["q_proj"], config.Width, config.Width),
                k: Linear.Load(attention["k_proj"], config.Width, config.Width),
                v: Linear.Load(attention["v_proj"], config.Width, config.Width),
                outProjection: Linear.Load(attention["out_proj"], config.Width, config.Width),
                norm2: LayerNorm.Load(w["layer_norm2"], config.Width),
                fc1: Linear.Load(w["mlp"]["fc1"], config.Width, config.MlpWidth),
                fc2: Linear.Load(w["mlp"]["fc2"], config.MlpWidth, config.Width),
                config.Heads,
                config.Activation);
        }

        public Tensor Forward(Workspace ws, Tensor x)
        {
            using var scope = ws.Scope(nameof(Layer));
            var h = norm1.Forward(ws, x);
            h = ws.Attention(q.Forward(ws, h), k.Forward(ws, h), v.Forward(ws, h), heads, causal: true);
            h = outProjection.Forward(ws, h, new Epilogue(Residual: x));
            var m = fc1.Forward(ws, norm2.Forward(ws, h), new Epilogue(activation));
            return scope.Return(fc2.Forward(ws, m, new Epilogue(Residual: h)));
        }
    }
}
