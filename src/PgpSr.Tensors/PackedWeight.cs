namespace PgpSr.Tensors;

/// <summary>A layer's weight and bias, laid out as one backend's kernels like them. Opaque; owned by the model, disposed with it.</summary>
/// <param name="name">Checkpoint key of the weight, for messages.</param>
/// <param name="inputs">Input channels.</param>
/// <param name="outputs">Channels of the result.</param>
public abstract class PackedWeight(string name, int inputs, int outputs) : IDisposable
{
    /// <summary>Checkpoint key of the weight.</summary>
    public string Name { get; } = name;

    /// <summary>Input channels.</summary>
    public int Inputs { get; } = inputs;

    /// <summary>Channels of the result.</summary>
    public int Outputs { get; } = outputs;

    /// <summary>Bytes this weight holds now, caches included.</summary>
    public abstract long ByteCount { get; }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="Dispose()"/>
    protected abstract void Dispose(bool disposing);
}

/// <summary>A packed convolution weight [outputs, inputs, kernel height, kernel width] and bias.</summary>
/// <param name="name">Checkpoint key of the weight.</param>
/// <param name="inputs">Input channels.</param>
/// <param name="outputs">Output channels.</param>
/// <param name="geometry">Kernel, stride and padding.</param>
public abstract class PackedConv2d(string name, int inputs, int outputs, Conv2dGeometry geometry) : PackedWeight(name, inputs, outputs)
{
    /// <summary>Kernel, stride and padding.</summary>
    public Conv2dGeometry Geometry { get; } = geometry;
}

/// <summary>A packed matrix [rows, inputs] and bias. <see cref="PackedWeight.Outputs"/> is half the rows for
/// <see cref="LinearForm.Geglu"/>.</summary>
/// <param name="name">Checkpoint key of the weight.</param>
/// <param name="inputs">Input channels.</param>
/// <param name="outputs">Channels of the result.</param>
/// <param name="form">What is computed from the product.</param>
public abstract class PackedLinear(string name, int inputs, int outputs, LinearForm form) : PackedWeight(name, inputs, outputs)
{
    /// <summary>What is computed from the product.</summary>
    public LinearForm Form { get; } = form;
}
