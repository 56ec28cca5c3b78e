using PgpSr.Tensors;

namespace PgpSr.Testing;

/// <summary>
/// A backend whose packed weights know their shapes and hold nothing: a model of any size loads into it, and its runs can be planned
/// (<see cref="Workspace.Plan"/>) but not made.
/// </summary>
public sealed class WeightlessBackend : ReferenceBackend
{
    /// <inheritdoc/>
    public override string Name => "weightless";

    /// <inheritdoc/>
    protected override PackedConv2d PackConv2dCore(HostTensor weight, HostTensor bias, Conv2dGeometry geometry) =>
        new ReferenceConv2d(weight.Name!, weight.Shape, geometry, [], null);

    /// <inheritdoc/>
    protected override PackedLinear PackLinearCore(HostTensor weight, HostTensor bias, LinearForm form) =>
        new ReferenceLinear(weight.Name!, weight.Shape, form, [], null);
}
