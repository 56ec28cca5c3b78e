using System.Diagnostics;

namespace PgpSr.Tensors;

/// <summary>A scope of a <see cref="Workspace"/>: what was rented inside goes back when it is disposed.</summary>
public readonly ref struct WorkspaceScope
{
    readonly Workspace _workspace;
    readonly int _outerStart;
    readonly int _depth;
    readonly string _name;
    readonly long _began;

    internal WorkspaceScope(Workspace workspace, int outerStart, int depth, string name)
    {
        _workspace = workspace;
        _outerStart = outerStart;
        _depth = depth;
        _name = name;
        workspace.Profile?.Enter(name);
        _began = workspace.Profile is null ? 0 : Stopwatch.GetTimestamp();
    }

    /// <summary>
    /// Hands a tensor of this scope (or of one inside it) to the scope around it, and returns it. Can be called for several tensors. A tensor of
    /// an outer scope stays where it is: a forward without layers may return its input.
    /// </summary>
    public Tensor Return(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.IsReturned) throw new InvalidOperationException($"{tensor} was returned before");
        _workspace.Keep(tensor.Root, _depth - 1);
        return tensor;
    }

    /// <summary>Gives back what was rented inside and not handed out.</summary>
    public void Dispose()
    {
        _workspace.EndScope(_outerStart);
        if (_workspace.Profile is not null && _began != 0) _workspace.Profile.Leave(_name, Stopwatch.GetTimestamp() - _began);
    }
}
