using System.Collections.Immutable;

namespace PgpSr.Pruning;

/// <summary>What pruning made.</summary>
/// <param name="Path">The model: what <see cref="Checkpoint.Open"/> takes.</param>
/// <param name="Before">The source.</param>
/// <param name="After">The result.</param>
/// <param name="Warnings">What the user should know and is no error.</param>
sealed record PruneResult(string Path, ModelNode Before, ModelNode After, ImmutableArray<string> Warnings);

/// <summary>How far a rewriting is.</summary>
/// <param name="Bytes">Bytes written or hashed.</param>
/// <param name="TotalBytes">Of all.</param>
/// <param name="What">What is being done: a file's name.</param>
readonly record struct RewriteProgress(long Bytes, long TotalBytes, string What);
