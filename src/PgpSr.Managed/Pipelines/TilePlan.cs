using PgpSr.Imaging;
using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>How a model that restores tile by tile will run.</summary>
sealed record TilePlan : PipelinePlan
{
    /// <summary>Tiles over the source, which is extended to whole multiples by repeating its last row and column.</summary>
    public required TileGrid Grid { get; init; }

    /// <summary>Memory and work of a tile.</summary>
    public required WorkspacePlan Tile { get; init; }

    /// <summary>What the run holds beside weights and the caller's pictures.</summary>
    public required long OwnBytes { get; init; }

    /// <summary>Of the noise.</summary>
    public required ulong Seed { get; init; }
}
