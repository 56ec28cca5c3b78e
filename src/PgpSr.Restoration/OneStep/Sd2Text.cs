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
    /// <param name="folder">A base model's folder with <c>text_encoder</c>.</param>
    /// <param name="backend">Where the encoder runs; its weights are given back.</param>
    /// <param name="cancellation">Stops between two tensors.</param>
    /// <exception cref="ConfigException">The encoder or the tokenizer is of another form.</exception>
    public static PromptEmbeddings Empty(string folder, Backend backend, CancellationToken cancellation)
    {
        string path = Path.Combine(folder, OneStepFolder.TextFolder), file = Path.Combine(path, ConfigFile.Name);
        int[] ids = [Start, End, .. Enumerable.Repeat(PadToken(folder), Length - 2)];
        var config = ClipConfig.Read(ConfigFile.Read(file), withProjection: false, file);
        if (config.Vocabulary <= End) throw new ConfigException(file, $"vocab_size is {config.Vocabulary}; CLIP's prompts take {End + 1}");
        using var source = CheckpointFile.Open(path);
        using var encoder = ClipTextEncoder.Load(source, backend, config, cancellation);
        using var ws = new Workspace(backend) { CancellationToken = cancellation };
        var states = encoder.FinalStates(ws, ids, Length);
        return new PromptEmbeddings(ws.Download(states), states.Shape, default);
    }

    // Tokenizers of one model pad differently from one another's: the folder decides.
    static int PadToken(string folder)
    {
        string file = Path.Combine(folder, TokenizerFolder, SpecialTokens);
        if (!File.Exists(file)) return Exclamation;
        var json = ConfigFile.Read(file);
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("pad_token", out var token)) return Exclamation;
        if (token.ValueKind == JsonValueKind.Object && token.TryGetProperty("content", out var content)) token = content;
        return (token.ValueKind == JsonValueKind.String ? token.GetString() : null) switch
        {
            "!" => Exclamation,
            "<|endoftext|>" => End,
            _ => throw new ConfigException(file, $"pad_token is {token.GetRawText()}; expected '!' or '<|endoftext|>'"),
        };
    }
}
