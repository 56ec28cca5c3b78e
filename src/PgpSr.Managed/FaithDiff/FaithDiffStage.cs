using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>What one stage takes.</summary>
/// <param name="Workspace">Activations of a tile, and what stays for all tiles.</param>
/// <param name="HostBytes">Maps, merges and buffers beside them.</param>
/// <param name="UnitWork">Multiply-accumulates of a tile (and evaluation).</param>
/// <param name="FixedWork">Multiply-accumulates before the first.</param>
sealed record FaithDiffStage(WorkspacePlan Workspace, long HostBytes, long UnitWork, long FixedWork = 0)
{
    /// <summary>Bytes beside weights and pictures.</summary>
    public long Bytes => checked(Workspace.ArenaBytes + HostBytes);
}
