namespace PgpSr.Tensors;

/// <summary>Kernel size, stride and zero padding of a 2-D convolution (cross-correlation, as in every deep-learning framework), dilation 1, one
/// group.</summary>
/// <param name="KernelHeight">Rows of the kernel.</param>
/// <param name="KernelWidth">Columns of the kernel.</param>
/// <param name="Stride">Step in both directions.</param>
/// <param name="PadTop">Rows of zeros above.</param>
/// <param name="PadLeft">Columns of zeros to the left.</param>
/// <param name="PadBottom">Rows of zeros below.</param>
/// <param name="PadRight">Columns of zeros to the right.</param>
public readonly record struct Conv2dGeometry(int KernelHeight, int KernelWidth, int Stride, int PadTop, int PadLeft, int PadBottom, int PadRight)
{
    /// <summary>Square kernel with the same padding on all sides.</summary>
    public static Conv2dGeometry Square(int kernel, int stride = 1, int padding = 0) =>
        new(kernel, kernel, stride, padding, padding, padding, padding);

    /// <summary>The VAE encoder's downsampler: 3x3, stride 2, zeros to the right and below only.</summary>
    public static Conv2dGeometry DownsampleRightBottom => new(3, 3, 2, 0, 0, 1, 1);

    /// <summary>Height of the result for an input of <paramref name="height"/> rows; 0 if the kernel does not fit.</summary>
    public int OutputHeight(int height) => Output(height + PadTop + PadBottom, KernelHeight);

    /// <summary>Width of the result for an input of <paramref name="width"/> columns; 0 if the kernel does not fit.</summary>
    public int OutputWidth(int width) => Output(width + PadLeft + PadRight, KernelWidth);

    /// <summary>3x3, stride 1: the case that Winograd's algorithm serves.</summary>
    public bool IsUnit3x3 => KernelHeight == 3 && KernelWidth == 3 && Stride == 1;

    int Output(int padded, int kernel) => padded < kernel ? 0 : (padded - kernel) / Stride + 1;
}
