using ILGPU;
using PgpSr.Tensors;

namespace PgpSr.Gpu;

/// <summary>
/// An <see cref="Epilogue"/> as kernels of one thread for each result take it: an absent tensor's view is another's, and is not read.
/// </summary>
readonly struct EpilogueArguments<TY> : IKernelFields
    where TY : unmanaged, IElement<TY>
{
    readonly ArrayView<float> _perChannel;
    readonly ArrayView<TY> _residual;
    readonly ArrayView<TY> _y;
    readonly int _outputs;
    readonly int _rowsPerSample;
    readonly int _perChannelStride;
    readonly int _activation;
    readonly int _hasPerChannel;
    readonly int _hasResidual;

    /// <param name="epilogue">What is asked for.</param>
    /// <param name="bias">Stands in for what is absent.</param>
    /// <param name="y">The result.</param>
    public EpilogueArguments(in Epilogue epilogue, ArrayView<float> bias, Tensor y)
    {
        _y = GpuBuffer.Elements<TY>(y);
        _outputs = y.Shape[-1];
        _rowsPerSample = (int)Math.Max(1, y.Shape.Rows / Math.Max(1, y.Shape[0]));
        _activation = (int)epilogue.Activation;
        _perChannel = epilogue.PerChannel is { } perChannel ? GpuBuffer.Floats(perChannel) : bias;
        _perChannelStride = GpuProducts.PerChannelStride(epilogue, y);
        _hasPerChannel = epilogue.PerChannel is null ? 0 : 1;
        _residual = epilogue.Residual is { } residual ? GpuBuffer.Elements<TY>(residual) : _y;
        _hasResidual = epilogue.Residual is null ? 0 : 1;
    }

    public void Write(ref KernelArguments to) =>
        to.Add(_perChannel).Add(_residual).Add(_y).Add(_outputs).Add(_rowsPerSample).Add(_perChannelStride).Add(_activation).Add(_hasPerChannel)
            .Add(_hasResidual);

    /// <summary>y[row, channel] = activation(sum + perChannel) + residual; the bias is in the sum already.</summary>
    public void Store(int row, int channel, float sum)
    {
        int index = row * _outputs + channel;
        if (_hasPerChannel != 0) sum += _perChannel[row / _rowsPerSample * _perChannelStride + channel];
        sum = KernelMath.Activate(sum, _activation);
        if (_hasResidual != 0) sum += _residual.Load(index);
        _y.Store(index, sum);
    }
}
