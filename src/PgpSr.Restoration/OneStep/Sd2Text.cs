using System.Collections.Immutable;
using System.Text.Json;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Restoration;

/// <summary>Stable Diffusion 2's text conditioning: all states of its encoder after the last norm, padding included.</summary>
static class Sd2Text
{
    /// <summary>Tokens of a prompt.</summary>
    public const int Length = 77;

    // CLIP's vocabulary: start, end, and "!", with which Stable Diffusion 2's tokenizer pads.
    const int Start = 49406, End = 49407, Exclamation = 0;

    const string TokenizerFolder = "tokenizer", SpecialTokens = "special_tokens_map.json";

    /// <summary>The states of the empty prompt.</summary>
    /// <inheritdoc cref="Encode"/>
    public static PromptEmbeddings Empty(string folder, Backend backend, CancellationToken cancellation) =>
        Encode(folder, backend, EmptyIds.AsSpan(), cancellation);

    /// <summary>The states of some prompts, one row each.</summary>
    /// <param name="folder">A base model's folder with <c>text_encoder</c>.</param>
    /// <param name="backend">Where the encoder runs; its weights are given back.</param>
    /// <param name="ids">CLIP's token ids, <see cref="Length"/> a prompt; what stands after the end token becomes the folder's own padding.</param>
    /// <param name="cancellation">Stops between two tensors.</param>
    /// <exception cref="ConfigException">The encoder or the tokenizer is of another form.</exception>
    public static PromptEmbeddings Encode(string folder, Backend backend, ReadOnlySpan<int> ids, CancellationToken cancellation)
    {
        int pad = PadToken(folder), rows = ids.Length / Length;
        using var source = Open(folder);
        using var encoder = ClipTextEncoder.Load(source, backend, ReadConfig(folder), cancellation);
        using var ws = new Workspace(backend) { CancellationToken = cancellation };
        var states = new float[rows * Length * encoder.Config.Width];
        for (int row = 0; row < rows; row++)
        {
            // One by one, as planned.
            using var scope = ws.Scope(nameof(Encode));
            var result = encoder.FinalStates(ws, Padded(ids.Slice(row * Length, Length), pad), Length);
            ws.Download(result, states.AsSpan(row * Length * encoder.Config.Width, Length * encoder.Config.Width));
        }
        return new PromptEmbeddings(states, new Shape(rows, Length, encoder.Config.Width), default);
    }

    /// <summary>What <see cref="Encode"/> holds at its peak, from the encoder's outline.</summary>
    /// <exception cref="ConfigException">The encoder is of another form.</exception>
    /// <exception cref="WeightsException">Its file does not fit its configuration.</exception>
    public static long PeakBytes(string folder, Backend backend, CancellationToken cancellation)
    {
        using var rehearsal = new RehearsalBackend(backend);
        using var source = new OutlineSource(Open(folder));
        using var outline = ClipTextEncoder.Load(source, rehearsal, ReadConfig(folder), cancellation);
        var plan = Workspace.Plan(backend, ws =>
        {
            using var scope = ws.Scope();
            outline.FinalStates(ws, EmptyIds.AsSpan(), Length);
        });
        return outline.WeightBytes + plan.ArenaBytes + backend.ScratchFor(1, Length).Bytes;
    }

    /// <summary>The empty prompt.</summary>
    public static ImmutableArray<int> EmptyIds { get; } = [Start, End, .. Enumerable.Repeat(Exclamation, Length - 2)];

    static WeightSource Open(string folder) => OneStepFolder.OpenFolder(Path.Combine(folder, OneStepFolder.TextFolder));

    static ClipConfig ReadConfig(string folder)
    {
        string file = Path.Combine(folder, OneStepFolder.TextFolder, ConfigFile.Name);
        var config = ClipConfig.Read(ConfigFile.Read(file), withProjection: false, file);
        return config.Vocabulary > End ? config
            : throw new ConfigException(file, $"vocab_size is {config.Vocabulary}; CLIP's prompts take {End + 1}");
    }

    static int[] Padded(ReadOnlySpan<int> ids, int pad)
    {
        int[] padded = ids.ToArray();
        int end = Array.IndexOf(padded, End);
        if (end >= 0) Array.Fill(padded, pad, end + 1, padded.Length - end - 1);
        return padded;
    }

    // Tokenizers of one model pad differently from one another's: the folder decides.
    static int PadToken(string folder)
    {
        string file = Path.Combine(folder, TokenizerFolder, SpecialTokens);
        if (ConfigFile.Member(file, "pad_token") is not { } token) return Exclamation;
        if (token.ValueKind == JsonValueKind.Object && token.TryGetProperty("content", out var content)) token = content;
        return (token.ValueKind == JsonValueKind.String ? token.GetString() : null) switch
        {
            "!" => Exclamation,
            "<|endoftext|>" => End,
            _ => throw new ConfigException(file, $"pad_token is {token.GetRawText()}; expected '!' or '<|endoftext|>'"),
        };
    }
}
