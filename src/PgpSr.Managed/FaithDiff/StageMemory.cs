using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>A stage's arena, taken at once, exactly as large as planned, and given back when the stage ends; counted in the run's account.</summary>
sealed class StageMemory : IDisposable
{
    readonly RunContext _context;
    readonly long _bytes;

    /// <exception cref="BackendException">The device has not so much memory.</exception>
    public StageMemory(Backend backend, FaithDiffStage plan, RunContext context)
    {
        _context = context;
        Workspace = new Workspace(backend, new WorkspaceOptions { LimitBytes = plan.Workspace.ArenaBytes, Poison = context.Poison });
        Workspace.Reserve(plan.Workspace);
        Workspace.CancellationToken = context.Cancellation;
        _bytes = plan.Bytes;
        context.Hold(_bytes);
    }

    public Workspace Workspace { get; }

    public void Dispose()
    {
        Workspace.CancellationToken = CancellationToken.None;
        Workspace.Dispose();
        _context.Hold(-_bytes);
    }
}
