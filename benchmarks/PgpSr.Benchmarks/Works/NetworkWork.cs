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

    protected override Action Prepared(BackendWork work)
    {
        using WeightSource source = Network.Source(work.WeightType);
        LoadedNetwork network = work.Own(Network.Load(source, work.Backend));
        Tensor[] tensors = [.. network.Inputs(Side).Select(shape => work.Filled(shape))];
        Shape result = default;
        WorkspacePlan plan = Workspace.Plan(work.Backend, ws =>
        {
            using var scope = ws.Scope();
            result = network.Forward(ws, tensors).Shape;
        });
        Workspace workspace = work.Workspace = work.Own(new Workspace(work.Backend));
        workspace.Reserve(plan);
        Tensor y = work.Output(result);
        (work.Flops, work.PeakBytes, work.WeightBytes) = (2.0 * plan.MultiplyAdds, plan.PeakBytes, network.WeightBytes());
        return () =>
        {
            using var scope = workspace.Scope("evaluation");
            work.Backend.Copy(network.Forward(workspace, tensors), y);
        };
    }

    internal static Work? Parse(string operation, string shape) =>
        operation is "network" or "block" && Named(shape) is ({ } name, > 0 and var side) ? new NetworkWork(NetworkList.Find(name), side) : null;

    /// <summary>Name and side of <c>name@side</c>; the side is 0 where it is spelled otherwise.</summary>
    internal static (string Name, int Side) Named(string shape)
    {
        int at = shape.LastIndexOf('@');
        return at > 0 && int.TryParse(shape.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int side) && side <= 8192
            ? (shape[..at], side) : ("", 0);
    }
}
