using PgpSr.Tensors;

namespace PgpSr.Cpu;

public sealed partial class CpuBackend
{
    /// <inheritdoc/>
    protected override PackedConv2d PackConv2dCore(HostTensor weight, HostTensor bias, Conv2dGeometry geometry)
    {
        int taps = checked(geometry.KernelHeight * geometry.KernelWidth);
        return new CpuPackedConv2d(weight.Name!, Pack(weight, bias, taps, LinearForm.Plain), geometry);
    }

    /// <inheritdoc/>
    protected override PackedLinear PackLinearCore(HostTensor weight, HostTensor bias, LinearForm form)
    {
        return new CpuPackedLinear(weight.Name!, Pack(weight, bias, 1, form));
    }

    /// <inheritdoc/>
    protected override long PackedBytes(HostTensor weight, HostTensor bias, LinearForm form)
    {
        int taps = weight.Shape.Rank == 4 ? checked(weight.Shape[2] * weight.Shape[3]) : 1;
        bool rounded = IsRounded(weight, taps);
        return GemmWeight.BytesOf(
            rounded ? DType.BF16 : weight.Type, weight.Shape[1], taps, weight.Shape[0], form, rounded ? Bfloat16Kernels.InputPadding : 2);
    }

    /// <inheritdoc/>
    public override bool TakesChannels => true;

    /// <inheritdoc/>
    public override unsafe void Conv2d(Tensor x, PackedConv2d weight, in Epilogue epilogue, Tensor y)
    {
        if (weight is not CpuPackedConv2d packed)
        {
            Throw.OtherBackend(weight?.Name ?? nameof(weight), nameof(weight));
            return;
        }
        if (MethodOf(packed, y.Shape[1], y.Shape[2]) == ConvMethod.Winograd)
        {
            var maps = new ConvMaps((nint)CpuBuffer.Floats(x), x.Pitch, x.Shape[0], x.Shape[1], x.Shape[2], y.Shape[1], y.Shape[2]);
            _kernels.Winograd(
                maps, packed.Name, packed.Weight, packed.Geometry, epilogue.Activation, Destination(epilogue, y), _pool, _scratch,
            CancellationToken);
            return;
        }
        var rows = new ConvRows(CpuBuffer.Floats(x), x.Pitch, x.Shape[1], x.Shape[2], x.Shape[3], packed.Geometry, y.Shape[1], y.Shape[2]);
        _kernels.Multiply(_bfloat16, rows, y.Shape.Rows, packed.Name, packed.Weight, epilogue.Activation, Destination(epilogue, y), _pool, _scratch,
            CancellationToken);
    }

    /// <inheritdoc/>
    public override unsafe void Linear(Tensor x, PackedLinear weight, in Epilogue epilogue, Tensor y)
    {
        if (weight is not CpuPackedLinear packed)
        {
            Throw.OtherBackend(weight?.Name ?? nameof(weight), nameof(weight));
            return;
        }
        var rows = new MatrixRows(CpuBuffer.Floats(x), packed.Inputs);
        _kernels.Multiply(_bfloat16, rows, y.Shape.Rows, packed.Name, packed.Weight, epilogue.Activation, Destination(epilogue, y), _pool, _scratch,
            CancellationToken);
    }

    ConvMethod MethodOf(CpuPackedConv2d weight, int outHeight, int outWidth) =>
        _options.ConvMethod is { } forced && (forced == ConvMethod.Direct || weight.Geometry.IsUnit3x3) ? forced
        : _options.Winograd ? ConvAlgorithm.Choose(weight.Geometry, weight.Inputs, outHeight, outWidth)
        : ConvMethod.Direct;

    static unsafe GemmDestination Destination(in Epilogue epilogue, Tensor y)
    {
        int outputs = y.Shape[-1];
        float* perChannel = epilogue.PerChannel is { } p ? CpuBuffer.Floats(p) : null;
        long stride = epilogue.PerChannel is { } q && q.Shape.Rows > 1 ? outputs : 0;
        nint residual = epilogue.Residual is { } r ? (nint)CpuBuffer.Floats(r) : 0;
        long rowsPerSample = Math.Max(1, y.Shape.Rows / Math.Max(1, y.Shape[0]));
        return new GemmDestination(
            outputs, y.Pitch, (nint)perChannel, stride, rowsPerSample, residual, epilogue.Residual?.Pitch ?? 0, epilogue.Scale ?? 1, (nint)CpuBuffer.Floats(y));
    }
}
