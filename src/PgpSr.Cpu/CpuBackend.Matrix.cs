using PgpSr.Tensors;

namespace PgpSr.Cpu;

public sealed partial class CpuBackend
{
    /// <inheritdoc/>
    public override PackedConv2d PackConv2d(HostTensor weight, HostTensor bias, Conv2dGeometry geometry) => throw Absent();

    /// <inheritdoc/>
    public override PackedLinear PackLinear(HostTensor weight, HostTensor bias, LinearForm form = LinearForm.Plain) => throw Absent();

    /// <inheritdoc/>
    public override void Conv2d(Tensor x, PackedConv2d weight, in Epilogue epilogue, Tensor y) => throw Absent();

    /// <inheritdoc/>
    public override void Linear(Tensor x, PackedLinear weight, in Epilogue epilogue, Tensor y) => throw Absent();

    BackendException Absent() => new(Name, "has no kernel for this operation yet");
}
