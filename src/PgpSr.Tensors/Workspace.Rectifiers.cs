namespace PgpSr.Tensors;

/// <summary>The rectifiers of purely convolutional networks that no backend has as an operation.</summary>
public sealed partial class Workspace
{
    /// <summary>x where it is positive, <paramref name="slope"/> x elsewhere.</summary>
    public Tensor LeakyRelu(Tensor x, float slope)
    {
        var y = Activate(x, Activation.Relu);
        Backend.Combine(slope, x, 1 - slope, y, y);
        return y;
    }

    /// <summary>x where it is positive, elsewhere x times its channel's slope; float32.</summary>
    /// <param name="x">[..., C].</param>
    /// <param name="slopes">The slopes as a diagonal matrix [C, C] without bias.</param>
    public Tensor PRelu(Tensor x, PackedLinear slopes)
    {
        using var scope = Scope();
        var positive = Activate(x, Activation.Relu);
        var negative = Combine(1, x, -1, positive);
        return scope.Return(Linear(negative, slopes, new Epilogue(Residual: positive)));
    }
}
