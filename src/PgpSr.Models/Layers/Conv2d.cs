using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>2-D convolution, channels-last, with bias in nearly every network.</summary>
sealed class Conv2d(PackedConv2d weight)
{
    public static Conv2d Load(WeightScope w, int inputs, int outputs, int kernel, int stride = 1, bool bias = true) =>
        new(w.Conv2d(inputs, outputs, Conv2dGeometry.Square(kernel, stride, kernel / 2), bias));

    /// <summary>The VAE encoder's downsampler: zeros to the right and below only.</summary>
    public static Conv2d LoadDownsampleRightBottom(WeightScope w, int channels) =>
        new(w.Conv2d(channels, channels, Conv2dGeometry.DownsampleRightBottom));

    /// <param name="ws">Workspace.</param>
    /// <param name="x">[N, H, W, inputs].</param>
    /// <param name="epilogue">What joins the result.</param>
    /// <param name="type">Of the result, where a network begins or ends; null for x's.</param>
    public Tensor Forward(Workspace ws, Tensor x, in Epilogue epilogue = default, DType? type = null) => ws.Conv2d(x, weight, epilogue, type);

    /// <summary>The same, to a tensor that is there.</summary>
    public void Forward(Workspace ws, Tensor x, in Epilogue epilogue, Tensor y) => ws.Conv2d(x, weight, epilogue, y);
}
