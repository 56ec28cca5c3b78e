using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>A stage's arena, taken at once, exactly as large as planned, and given back when the stage ends; counted in the run's account.</summary>
sealed class StageMemory : IDisposable
{
    readonly RunContext _context;
    readonly long _bytes;

    /// <exception cref="BackendException">The device does not have that much memory.</exception>
    public StageMemory(Backend backend, FaithDiffStage plan, int workers, RunContext context)
    {
        _context = context;
        var options = new WorkspaceOptions { LimitBytes = plan.Workspace.ArenaBytes, Workers = workers, Poison = context.Poison };
        Workspace = new Workspace(backend, options);
        try
        {
            Workspace.Reserve(plan.Workspace);
        }
        catch
        {
            Workspace.Dispose();
            throw;
        }
        Workspace.CancellationToken = context.Cancellation;
        _bytes = plan.Bytes;
        context.Hold(_bytes);
    }

    public Workspace Workspace { get; }

    public void Dispose()
    {
        Workspace.Dispose();
        _context.Hold(-_bytes);
    }
}
