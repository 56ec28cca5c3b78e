using PgpSr.Tensors;

namespace PgpSr.Cpu;

public sealed partial class CpuBackend
{
    /// <inheritdoc/>
    public override void Activate(Tensor x, Activation activation, Tensor y) => throw Absent();

    /// <inheritdoc/>
    public override void Geglu(Tensor x, Tensor y) => throw Absent();

    /// <inheritdoc/>
    public override void Add(Tensor a, Tensor b, Tensor y) => throw Absent();

    /// <inheritdoc/>
    public override void Combine(float a, Tensor x, float b, Tensor z, Tensor y) => throw Absent();

    /// <inheritdoc/>
    public override void Scale(float a, Tensor x, Tensor y) => throw Absent();

    /// <inheritdoc/>
    public override void AddPerChannel(Tensor x, Tensor v, Tensor y) => throw Absent();

    /// <inheritdoc/>
    public override void Fill(float value, Tensor y) => throw Absent();

    /// <inheritdoc/>
    public override void Copy(Tensor x, Tensor y) => throw Absent();
}
