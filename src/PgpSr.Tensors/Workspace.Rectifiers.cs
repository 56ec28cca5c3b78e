namespace PgpSr.Tensors;

/// <summary>The rectifiers of purely convolutional networks, composed of operations that every backend has.</summary>
public sealed partial class Workspace
{
    // silu(kx)/k = x sigmoid(kx) is max(x, 0) up to 0.28/k, which a power of two this large makes 3e-13; scaling by it rounds nothing.
    const float Sharpness = 1L << 40;

    /// <summary>max(x, 0) of float32 values up to 1e26.</summary>
    /// <exception cref="ArgumentException">x is stored in halves, whose range the composition leaves.</exception>
    public Tensor Relu(Tensor x)
    {
        CheckParameters("relu", x);
        var y = Rent(x.Shape);
        Backend.Scale(Sharpness, x, y);
        Backend.Activate(y, Activation.Silu, y);
        Backend.Scale(1 / Sharpness, y, y);
        return y;
    }

    /// <summary>x where it is positive, <paramref name="slope"/> x elsewhere; float32.</summary>
    public Tensor LeakyRelu(Tensor x, float slope)
    {
        var y = Relu(x);
        Backend.Combine(slope, x, 1 - slope, y, y);
        return y;
    }

    /// <summary>x where it is positive, elsewhere x times its channel's slope; float32.</summary>
    /// <param name="x">[..., C].</param>
    /// <param name="slopes">The slopes as a diagonal matrix [C, C] without bias.</param>
    public Tensor PRelu(Tensor x, PackedLinear slopes)
    {
        using var scope = Scope();
        var positive = Relu(x);
        var negative = Combine(1, x, -1, positive);
        return scope.Return(Linear(negative, slopes, new Epilogue(Residual: positive)));
    }
}
