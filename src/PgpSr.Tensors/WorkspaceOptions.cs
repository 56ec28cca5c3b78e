namespace PgpSr.Tensors;

/// <summary>Limits and checks of a <see cref="Workspace"/>.</summary>
public sealed record WorkspaceOptions
{
    /// <summary>The most bytes the workspace may take from its backend.</summary>
    public long LimitBytes { get; init; } = long.MaxValue;

    /// <summary>The most threads that work on an operation, where the memory of more is not there (<see cref="ScratchBound"/>).</summary>
    public int Workers { get; init; } = int.MaxValue;

    /// <summary>
    /// The backend may keep the memory for a next run, for some seconds (<see cref="Backend.Keep"/>). For runs without a budget: memory that is kept
    /// is in no plan.
    /// </summary>
    public bool KeepsMemory { get; init; }

    /// <summary>Fills rented and returned memory with NaN, so that a read of undefined memory shows. For tests: it costs a pass over each
    /// tensor.</summary>
    public bool Poison { get; init; }
}

/// <summary>What a rehearsed run takes (<see cref="Workspace.Plan"/>).</summary>
/// <param name="ArenaBytes">Bytes to reserve: the peak plus what fragmentation costs.</param>
/// <param name="PeakBytes">The largest sum of live tensors.</param>
/// <param name="MultiplyAdds">Multiply-accumulates of convolutions, matrix products and attention, counted as direct algorithms (a FLOP count is
/// twice that).</param>
public sealed record WorkspacePlan(long ArenaBytes, long PeakBytes, long MultiplyAdds);
