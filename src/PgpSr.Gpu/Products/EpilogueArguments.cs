using ILGPU;
using PgpSr.Tensors;

namespace PgpSr.Gpu;

/// <summary>An <see cref="Epilogue"/> as kernels of one thread for each result take it: an absent tensor's view is the result's, and is not read.</summary>
readonly struct EpilogueArguments
{
    readonly ArrayView<float> _perChannel;
    readonly ArrayView<float> _residual;
    readonly ArrayView<float> _y;
    readonly int _outputs;
    readonly int _rowsPerSample;
    readonly int _perChannelStride;
    readonly int _activation;
    readonly int _hasPerChannel;
    readonly int _hasResidual;

    public EpilogueArguments(in Epilogue epilogue, Tensor y)
    {
        _y = GpuBuffer.Floats(y);
        _outputs = y.Shape[-1];
        _rowsPerSample = (int)Math.Max(1, y.Shape.Rows / Math.Max(1, y.Shape[0]));
        _activation = (int)epilogue.Activation;
        _perChannel = epilogue.PerChannel is { } perChannel ? GpuBuffer.Floats(perChannel) : _y;
        _perChannelStride = GpuProducts.PerChannelStride(epilogue, y);
        _hasPerChannel = epilogue.PerChannel is null ? 0 : 1;
        _residual = epilogue.Residual is { } residual ? GpuBuffer.Floats(residual) : _y;
        _hasResidual = epilogue.Residual is null ? 0 : 1;
    }

    /// <summary>y[row, channel] = activation(sum + perChannel) + residual; the bias is in the sum already.</summary>
    public void Store(int row, int channel, float sum)
    {
        int index = row * _outputs + channel;
        if (_hasPerChannel != 0) sum += _perChannel[row / _rowsPerSample * _perChannelStride + channel];
        sum = KernelMath.Activate(sum, _activation);
        if (_hasResidual != 0) sum += _residual[index];
        _y[index] = sum;
    }
}
