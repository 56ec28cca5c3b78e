using System.Collections.Immutable;
using System.Numerics.Tensors;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>
/// From what the caller gave to embeddings: embeddings as they are, token ids through the text encoders (the last prompt's result is kept), or
/// nothing, which means the checkpoint's own prompt or else the empty one.
/// </summary>
sealed class FaithDiffPrompts
{
    const string Option = nameof(UpscaleOptions.Prompt);

    readonly FaithDiffNetworks _networks;
    readonly Backend _backend;
    readonly string _model;
    readonly Lazy<PromptEmbeddings?> _own;

    Encoded? _last;

    public FaithDiffPrompts(FaithDiffNetworks networks, Backend backend, string model)
    {
        _networks = networks;
        _backend = backend;
        _model = model;
        _own = new(() => networks.Checkpoint.Prompt?.Invoke());
    }

    /// <summary>The embeddings of a prompt that has some, or null where text encoders make them.</summary>
    /// <exception cref="ArgumentException">The prompt does not fit the model.</exception>
    public PromptEmbeddings? Embeddings(Prompt? prompt, int rows)
    {
        if (Given(prompt) is { } given) return Rows(Checked(given), rows);
        Tokens(prompt);
        if (_networks.TextPlans is null)
            Throw.Option(_model, Option, "must be embeddings, because the checkpoint has no text encoders; pass them, or save them in its folder as prompt.safetensors");
        return null;
    }

    /// <summary>The embeddings of a planned run's prompt; the encoders run if they must.</summary>
    public PromptEmbeddings Get(FaithDiffPlan plan, RunContext context)
    {
        if ((Embeddings(plan.Prompt, plan.Sampling.Rows) ?? Kept(plan)) is { } ready)
        {
            Leave(plan, context);
            // Work that was planned and is not needed.
            if (plan.Text is not null) context.Report(UpscaleStage.Encoding, 1, 1, 1, 1, plan.Text.UnitWork);
            return ready;
        }
        if (plan.Residency != FaithDiffResidency.All)
        {
            _networks.Denoiser.Unload(context);
            _networks.Vae.Unload(context);
        }
        var tokens = Tokens(plan.Prompt);
        context.Report(UpscaleStage.Encoding, 0, 1, 0, 1);
        var (first, _) = Encode(second: false, tokens, plan, context);
        var (second, pooled) = Encode(second: true, tokens, plan, context);
        Leave(plan, context);
        context.Report(UpscaleStage.Encoding, 1, 1, 1, 1, plan.Text?.UnitWork ?? 0);
        var embeddings = Checked(Join(first, second, pooled, tokens.Length / FaithDiffText.Length));
        _last = new Encoded(tokens, embeddings);
        return Rows(embeddings, plan.Sampling.Rows);
    }

    // The last prompt's.
    PromptEmbeddings? Kept(FaithDiffPlan plan) =>
        _last is { } last && last.Tokens.SequenceEqual(Tokens(plan.Prompt)) ? Rows(last.Embeddings, plan.Sampling.Rows) : null;

    void Leave(FaithDiffPlan plan, RunContext context)
    {
        if (plan.Residency == FaithDiffResidency.All) return;
        _networks.FirstText?.Unload(context);
        _networks.SecondText?.Unload(context);
    }

    (float[] States, float[] Pooled) Encode(bool second, ImmutableArray<int> tokens, FaithDiffPlan plan, RunContext context)
    {
        var network = (second ? _networks.SecondText : _networks.FirstText)!;
        var workspace = second ? _networks.TextPlans!.Value.Second : _networks.TextPlans!.Value.First;
        var encoder = network.Get(_backend, context);
        float[] states, pooled;
        using (var stage = new StageMemory(_backend, new FaithDiffStage(workspace, 0, 0), plan.Workers, context))
        {
            var ws = stage.Workspace;
            using var scope = ws.Scope(nameof(Encode));
            var result = FaithDiffText.Run(ws, encoder, second, tokens.AsSpan());
            states = ws.Download(result.States);
            pooled = result.Pooled is null ? [] : ws.Download(result.Pooled);
        }
        if (plan.Residency == FaithDiffResidency.StageByStage) network.Unload(context);
        return (states, pooled);
    }

    // Both encoders' states side by side.
    static PromptEmbeddings Join(float[] first, float[] second, float[] pooled, int rows)
    {
        int positions = rows * FaithDiffText.Length, a = first.Length / positions, b = second.Length / positions;
        var context = new float[positions * (a + b)];
        for (int i = 0; i < positions; i++)
        {
            first.AsSpan(i * a, a).CopyTo(context.AsSpan(i * (a + b)));
            second.AsSpan(i * b, b).CopyTo(context.AsSpan(i * (a + b) + a));
        }
        return new PromptEmbeddings(context, new Shape(rows, FaithDiffText.Length, a + b), pooled);
    }

    PromptEmbeddings? Given(Prompt? prompt)
    {
        if (prompt?.Embeddings is { } embeddings)
        {
            bool both = !prompt.Tokens.IsDefaultOrEmpty || !prompt.NegativeTokens.IsDefaultOrEmpty;
            if (both) Throw.Option(_model, Option, "has embeddings and tokens; pass only one of them");
            return embeddings;
        }
        return prompt is null || (prompt.Tokens.IsDefaultOrEmpty && prompt.NegativeTokens.IsDefaultOrEmpty) ? _own.Value : null;
    }

    // The negative prompt's ids, then the prompt's.
    ImmutableArray<int> Tokens(Prompt? prompt)
    {
        return [.. Row(prompt?.NegativeTokens), .. Row(prompt?.Tokens)];

        ImmutableArray<int> Row(ImmutableArray<int>? ids)
        {
            if (ids is not { IsDefaultOrEmpty: false } given) return FaithDiffText.Empty;
            if (given.Length != FaithDiffText.Length)
                Throw.Option(_model, Option, $"has {given.Length} token ids; expected {FaithDiffText.Length}, padding included");
            return given;
        }
    }

    PromptEmbeddings Checked(PromptEmbeddings prompt)
    {
        var shape = prompt.ContextShape;
        if (shape.Rank != 3 || shape.Count == 0 || shape.Count != prompt.Context.Length)
            Throw.Option(_model, Option, $"has {prompt.Context.Length} numbers as states {shape}; expected [rows, tokens, channels]");
        if (!TensorPrimitives.IsFiniteAll(prompt.Context.Span) || !TensorPrimitives.IsFiniteAll(prompt.Pooled.Span))
            Throw.Option(_model, Option, "contains infinity or NaN");
        var unet = _networks.Checkpoint.Config.Unet;
        int pooled = prompt.Pooled.Length / prompt.Rows;
        if (prompt.ContextShape[2] != unet.ContextChannels || pooled != unet.AddedCondition!.PooledChannels)
        {
            Throw.Option(_model, Option, $"has states of {prompt.ContextShape[2]} channels and {pooled} pooled ones; "
                + $"the network takes {unet.ContextChannels} and {unet.AddedCondition!.PooledChannels}");
        }
        return prompt;
    }

    PromptEmbeddings Rows(PromptEmbeddings prompt, int rows)
    {
        if (prompt.Rows == rows) return prompt;
        if (rows == 1 && prompt.Rows == 2) return prompt.Row(1);
        Throw.Option(_model, Option, $"has {prompt.Rows} rows; guidance takes two, those of the negative prompt and of the prompt");
        return prompt;
    }

    sealed record Encoded(ImmutableArray<int> Tokens, PromptEmbeddings Embeddings);
}
