using System.Runtime.CompilerServices;

namespace PgpSr.Tensors;

/// <summary>
/// Owns every activation of a run: an arena of the backend's memory and a stack of scopes. A tensor rented inside a scope goes back when
/// the scope ends, unless it was handed to the outer scope by <see cref="WorkspaceScope.Return"/> or given back earlier by
/// <see cref="Tensor.Dispose"/>. After the first run a second identical one allocates no device memory. Not thread-safe; but workspaces of one backend
/// may run side by side.
/// </summary>
public sealed partial class Workspace : IDisposable
{
    readonly Arena _arena = new();
    readonly List<DeviceBuffer> _segments = [];
    readonly List<Tensor> _rented = [];
    readonly WorkspaceOptions _options;
    readonly Backend _shared;

    // The innermost scope owns _rented[_scopeStart..]; depth 0 is the workspace itself.
    int _scopeStart;
    int _depth;

    /// <param name="backend">Where tensors live and operations run; not disposed with the workspace.</param>
    /// <param name="options">Limits and checks; null for none.</param>
    public Workspace(Backend backend, WorkspaceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(backend);
        _options = options ?? new WorkspaceOptions();
        _shared = backend;
        Backend = backend.BeginRun(_options.Workers);
    }

    /// <summary>Where operations run: the backend as this run sees it (<see cref="Backend.BeginRun"/>).</summary>
    public Backend Backend { get; }

    /// <summary>Bytes of rented tensors now, each rounded up to 64.</summary>
    public long LiveBytes => _arena.LiveBytes;

    /// <summary>The most bytes that were rented at once since construction or <see cref="ResetPeak"/>.</summary>
    public long PeakBytes => _arena.PeakBytes;

    /// <summary>Bytes taken from the backend, free ranges included.</summary>
    public long ReservedBytes => _arena.ReservedBytes;

    /// <summary>Times memory was taken from the backend: stays the same over a second identical run.</summary>
    public int AllocationCount { get; private set; }

    /// <summary>A request to stop this run.</summary>
    public CancellationToken CancellationToken
    {
        get => Backend.CancellationToken;
        set => Backend.CancellationToken = value;
    }

    /// <summary>Receives the time of every scope by name, or null.</summary>
    public Profile? Profile { get; set; }

    /// <summary>
    /// Rehearses <paramref name="run"/> without memory and without arithmetic: what it would take, exactly, before it runs. The rehearsal
    /// calls every operation with real shapes; only values are absent, so <paramref name="run"/> must not look at any.
    /// </summary>
    public static WorkspacePlan Plan(Backend backend, Action<Workspace> run)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(run);
        using var rehearsal = new RehearsalBackend(backend);
        using var ws = new Workspace(rehearsal);
        ws.TakeSegment(RehearsalBackend.Unlimited);
        run(ws);
        return new WorkspacePlan(ws._arena.HighWater, ws.PeakBytes, rehearsal.MultiplyAdds);
    }

    /// <summary>Takes all memory that a planned run needs, at once.</summary>
    /// <exception cref="MemoryLimitException">The plan needs more than the limit; nothing was taken.</exception>
    public void Reserve(WorkspacePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        // What is live keeps its segments; the plan then comes on top.
        long needed = LiveBytes == 0 ? plan.ArenaBytes : checked(ReservedBytes + plan.ArenaBytes);
        if (LiveBytes == 0 && plan.ArenaBytes <= ReservedBytes && _segments.Count == 1) return;
        if (needed > _options.LimitBytes) throw new MemoryLimitException(Backend.Name, needed, _options.LimitBytes);
        if (LiveBytes == 0) ReleaseSegments();
        if (plan.ArenaBytes > 0) TakeSegment(Arena.Round(plan.ArenaBytes));
    }

    /// <summary>
    /// Opens a scope. Dispose it (<c>using</c>) to give back what was rented inside. <paramref name="name"/> is the zone in profiles.
    /// </summary>
    public WorkspaceScope Scope([CallerMemberName] string name = "")
    {
        _depth++;
        var scope = new WorkspaceScope(this, _scopeStart, _depth, name);
        _scopeStart = _rented.Count;
        return scope;
    }

    /// <summary>
    /// Memory for a tensor, contents undefined (NaN when <see cref="WorkspaceOptions.Poison"/> is set), owned by the innermost scope.
    /// </summary>
    /// <exception cref="MemoryLimitException">More than the limit would be taken.</exception>
    public Tensor Rent(Shape shape, DType type = DType.F32)
    {
        long bytes = shape.Count * type.Size();
        if (!_arena.TryRent(bytes, out var block))
        {
            // Unplanned growth: generous steps, so that a first run takes few segments.
            long size = Math.Max(Arena.Round(bytes), Math.Min(GrowthBytes, Math.Max(0, _options.LimitBytes - ReservedBytes) & -Arena.Alignment));
            if (ReservedBytes + size > _options.LimitBytes) throw new MemoryLimitException(Backend.Name, ReservedBytes + size, _options.LimitBytes);
            TakeSegment(size);
            _arena.TryRent(bytes, out block);
        }
        var tensor = new Tensor(_segments[block.Segment], block.Start, shape, type) { Owner = this, Block = block, Depth = _depth };
        _rented.Add(tensor);
        if (_options.Poison && IsActivation(tensor)) Backend.Fill(float.NaN, tensor);
        return tensor;
    }

    /// <summary>Gives a tensor back before its scope ends.</summary>
    /// <exception cref="InvalidOperationException">It went back already, or belongs to another workspace.</exception>
    public void Return(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.Owner != this) throw new InvalidOperationException($"{tensor} was not rented from this workspace");
        if (tensor.IsReturned) throw new InvalidOperationException($"{tensor} was returned before");
        if (_options.Poison && IsActivation(tensor)) Backend.Fill(float.NaN, tensor);
        tensor.MarkReturned();
        _arena.Return(tensor.Block);
        // A scope forgets its tensors when it ends. The workspace itself never ends, so it forgets now: its list would grow with every run.
        if (_depth == 0) _rented.Remove(tensor);
        else if (_rented.Count > _scopeStart && _rented[^1] == tensor) _rented.RemoveAt(_rented.Count - 1);
    }

    /// <summary>Starts counting the peak anew from what is live.</summary>
    public void ResetPeak() => _arena.ResetPeak();

    /// <summary>Gives all memory back to the backend. Tensors rented from here are dead.</summary>
    public void Dispose()
    {
        foreach (var tensor in _rented) tensor.MarkReturned();
        _rented.Clear();
        // Who stops a run wants its memory back.
        bool keeps = _options.KeepsMemory && !CancellationToken.IsCancellationRequested;
        foreach (var segment in _segments)
        {
            if (keeps) Backend.Keep(segment);
            else segment.Dispose();
        }
        _segments.Clear();
        if (Backend != _shared) Backend.Dispose();
    }

    internal void Keep(Tensor tensor, int depth)
    {
        if (tensor.Owner == this && tensor.Depth > depth) tensor.KeptDepth = Math.Min(tensor.KeptDepth, depth);
    }

    internal void EndScope(int outerStart)
    {
        int kept = _scopeStart;
        for (int i = _scopeStart; i < _rented.Count; i++)
        {
            var tensor = _rented[i];
            if (tensor.IsReturned) continue;
            if (tensor.KeptDepth < _depth)
            {
                tensor.Depth = _depth - 1;
                if (tensor.KeptDepth == tensor.Depth) tensor.KeptDepth = int.MaxValue;
                _rented[kept++] = tensor;
                continue;
            }
            if (_options.Poison && IsActivation(tensor)) Backend.Fill(float.NaN, tensor);
            tensor.MarkReturned();
            _arena.Return(tensor.Block);
        }
        _rented.RemoveRange(kept, _rented.Count - kept);
        _scopeStart = outerStart;
        _depth--;
    }

    bool IsActivation(Tensor tensor) => tensor.Type == DType.F32 || tensor.Type == Backend.ActivationType;

    void TakeSegment(long bytes)
    {
        _segments.Add(Backend.Allocate(bytes));
        AllocationCount++;
        _arena.AddSegment(bytes);
    }

    void ReleaseSegments()
    {
        foreach (var segment in _segments) segment.Dispose();
        _segments.Clear();
        _arena.Clear();
    }

    /// <summary>Step of unplanned growth: holds the largest activation of a 512x512 image's VAE (512*512*128*4 bytes).</summary>
    const long GrowthBytes = 128L << 20;
}
