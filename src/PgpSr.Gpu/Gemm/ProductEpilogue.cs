using ILGPU;
using PgpSr.Tensors;

namespace PgpSr.Gpu.Gemm;

/// <summary>What a product's sums go through before they are stored; see <see cref="Epilogue"/>. An absent tensor's view is another's, and is not read.</summary>
readonly struct ProductEpilogue<TY> : IKernelFields
    where TY : unmanaged, IElement<TY>
{
    public readonly ArrayView<float> Bias;
    readonly ArrayView<float> _perChannel;
    readonly ArrayView<TY> _residual;
    readonly ArrayView<TY> _y;
    readonly int _hasPerChannel;
    readonly int _hasResidual;

    // Columns of the per-channel term, 0 if one row serves all samples.
    readonly int _perChannelStride;
    readonly int _rowsPerSample;
    readonly int _activation;

    /// <summary>Columns of the result.</summary>
    public readonly int Columns;

    /// <summary>Columns 2j and 2j+1 of the product are value and gate of result column j.</summary>
    public readonly int Geglu;

    public ProductEpilogue(in Epilogue epilogue, in ProductShape shape, GpuWeight weight, Tensor y)
    {
        Bias = weight.Bias;
        _y = GpuBuffer.Elements<TY>(y);
        _perChannel = epilogue.PerChannel is { } perChannel ? GpuBuffer.Floats(perChannel) : Bias;
        _hasPerChannel = epilogue.PerChannel is null ? 0 : 1;
        _perChannelStride = GpuProducts.PerChannelStride(epilogue, y);
        _rowsPerSample = shape.RowsPerSample;
        _residual = epilogue.Residual is { } residual ? GpuBuffer.Elements<TY>(residual) : _y;
        _hasResidual = epilogue.Residual is null ? 0 : 1;
        _activation = (int)epilogue.Activation;
        Columns = y.Shape[-1];
        Geglu = weight.Gated ? 1 : 0;
    }

    public void Write(ref KernelArguments to) =>
        to.Add(Bias).Add(_perChannel).Add(_residual).Add(_y).Add(_hasPerChannel).Add(_hasResidual).Add(_perChannelStride).Add(_rowsPerSample)
            .Add(_activation).Add(Columns).Add(Geglu);

    /// <summary>y[row, column] = activation(sum + perChannel) + residual; bias and gate are in the sum already.</summary>
    public void Store(int row, int column, float sum)
    {
        if (_hasPerChannel != 0) sum += _perChannel[row / _rowsPerSample * _perChannelStride + column];
        sum = KernelMath.Activate(sum, _activation);
        long at = (long)row * Columns + column;
        if (_hasResidual != 0) sum += _residual.Load(at);
        _y.Store(at, sum);
    }
}
