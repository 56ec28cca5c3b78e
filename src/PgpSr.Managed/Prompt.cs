using System.Collections.Immutable;
using PgpSr.Models;

namespace PgpSr.Managed;

/// <summary>A prompt for models that take text: token ids, or embeddings computed from them.</summary>
public sealed record Prompt
{
    /// <summary>Embeddings of the negative prompt (row 0) and the prompt (row 1); null if tokens are set.</summary>
    public PromptEmbeddings? Embeddings { get; init; }

    /// <summary>CLIP token ids of the prompt, 77 for each row; empty if embeddings are set.</summary>
    public ImmutableArray<int> Tokens { get; init; } = [];

    /// <summary>CLIP token ids of the negative prompt, 77 for each row.</summary>
    public ImmutableArray<int> NegativeTokens { get; init; } = [];
}
