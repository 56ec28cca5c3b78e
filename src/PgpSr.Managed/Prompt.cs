using System.Collections.Immutable;
using PgpSr.Models;

namespace PgpSr.Managed;

/// <summary>Text for models that take some: token ids, or what text encoders made of them before.</summary>
public sealed record Prompt
{
    /// <summary>Embeddings of the negative prompt (row 0) and the prompt (row 1); null where tokens are given.</summary>
    public PromptEmbeddings? Embeddings { get; init; }

    /// <summary>CLIP token ids of the prompt, 77 a row; empty where embeddings are given.</summary>
    public ImmutableArray<int> Tokens { get; init; } = [];

    /// <summary>CLIP token ids of the negative prompt, 77 a row.</summary>
    public ImmutableArray<int> NegativeTokens { get; init; } = [];
}
