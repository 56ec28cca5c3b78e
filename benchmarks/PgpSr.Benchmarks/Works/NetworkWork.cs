using System.Globalization;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>
/// One evaluation of a <see cref="Benchmarks.Network"/>, whole or a block of one. Shape: <c>name@side</c>, the side in positions of its input
/// (latent or pixels).
/// </summary>
sealed record NetworkWork(Network Network, int Side) : Work(Network.IsBlock ? "block" : "network", $"{Network.Name}@{Side}")
{
    public override bool HasWeights => true;

    public override bool HasWinograd => true;

    /// <summary>Winograd's error, carried through some fifty layers.</summary>
    public override double Tolerance => 5e-3;

    /// <summary>Rounded between all layers, of which generated weights forget little.</summary>
    public override double RoundedTolerance => 0.25;

    public override BackendWork Prepare(Backend backend, string form, DType weights, bool owned)
    {
        var work = new BackendWork(form, backend, weights, owned);
        using WeightSource source = Network.Source(weights);
        LoadedNetwork network = work.Own(Network.Load(source, backend));
        Tensor[] tensors = [.. network.Inputs(Side).Select(input => work.Filled(input.Values, Axes(input.Shape)))];
        Shape result = default;
        WorkspacePlan plan = Workspace.Plan(backend, ws =>
        {
            using var scope = ws.Scope();
            result = network.Forward(ws, tensors).Shape;
        });
        var workspace = work.Own(new Workspace(backend));
        workspace.Reserve(plan);
        Tensor y = work.Output(Axes(result));
        work.Flops = 2.0 * plan.MultiplyAdds;
        work.Workspace = workspace;
        work.Memory = new WorkMemory(plan.PeakBytes, workspace.ReservedBytes, network.WeightBytes());
        return work.Does(() =>
        {
            using var scope = workspace.Scope("evaluation");
            backend.Copy(network.Forward(workspace, tensors), y);
        });
    }

    internal static Work? Parse(string operation, string shape) =>
        operation is "network" or "block" && Named(shape) is ({ } name, > 0 and var side) ? new NetworkWork(NetworkList.Find(name), side) : null;

    /// <summary>Name and side of <c>name@side</c>; the side is 0 where it is spelled otherwise.</summary>
    internal static (string Name, int Side) Named(string shape)
    {
        int at = shape.LastIndexOf('@');
        return at > 0 && int.TryParse(shape.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int side) && side <= 8192 ? (shape[..at], side) : ("", 0);
    }

    internal static int[] Axes(Shape shape)
    {
        var axes = new int[Tensors.Shape.MaxRank];
        shape.CopyTo(axes);
        return axes[..shape.Rank];
    }
}
