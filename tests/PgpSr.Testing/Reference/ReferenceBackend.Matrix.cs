using PgpSr.Tensors;

namespace PgpSr.Testing;

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    protected override PackedConv2d PackConv2dCore(HostTensor weight, HostTensor bias, Conv2dGeometry geometry) =>
        new ReferenceConv2d(weight.Name!, weight.Shape, geometry, weight.ToArray(), bias.IsAbsent ? null : bias.ToArray());

    /// <inheritdoc/>
    protected override PackedLinear PackLinearCore(HostTensor weight, HostTensor bias, LinearForm form) =>
        new ReferenceLinear(weight.Name!, weight.Shape, form, weight.ToArray(), bias.IsAbsent ? null : bias.ToArray());

    /// <inheritdoc/>
    public override unsafe void Conv2d(Tensor x, PackedConv2d weight, in Epilogue epilogue, Tensor y)
    {
        var packed = (ReferenceConv2d)weight;
        var geometry = packed.Geometry;
        int inputs = packed.Inputs, outputs = packed.Outputs, height = x.Shape[1], width = x.Shape[2];
        int outHeight = y.Shape[1], outWidth = y.Shape[2], kernelHeight = geometry.KernelHeight, kernelWidth = geometry.KernelWidth;
        float* from = ReferenceBuffer.Floats(x);
        float[] w = packed.Weight;
        var finish = new Finish(epilogue, packed.Bias, y);
        ForEach(y.Shape.Rows, position =>
        {
            int column = (int)(position % outWidth), row = (int)(position / outWidth % outHeight);
            long n = position / outWidth / outHeight;
            for (int o = 0; o < outputs; o++)
            {
                double sum = 0;
                for (int dy = 0; dy < kernelHeight; dy++)
                {
                    int sourceRow = row * geometry.Stride + dy - geometry.PadTop;
                    if (sourceRow < 0 || sourceRow >= height) continue;
                    for (int dx = 0; dx < kernelWidth; dx++)
                    {
                        int sourceColumn = column * geometry.Stride + dx - geometry.PadLeft;
                        if (sourceColumn < 0 || sourceColumn >= width) continue;
                        float* pixel = from + ((n * height + sourceRow) * width + sourceColumn) * inputs;
                        for (int i = 0; i < inputs; i++) sum += (double)pixel[i] * w[((o * (long)inputs + i) * kernelHeight + dy) * kernelWidth + dx];
                    }
                }
                finish.Store(position, o, sum);
            }
        });
    }

    /// <inheritdoc/>
    public override unsafe void Linear(Tensor x, PackedLinear weight, in Epilogue epilogue, Tensor y)
    {
        var packed = (ReferenceLinear)weight;
        int inputs = packed.Inputs, outputs = packed.Outputs;
        float* from = ReferenceBuffer.Floats(x);
        var finish = new Finish(epilogue, packed.Form == LinearForm.Plain ? packed.Bias : null, y);
        ForEach(y.Shape.Rows, row =>
        {
            float* rowFrom = from + row * inputs;
            for (int o = 0; o < outputs; o++)
            {
                double value = Product(rowFrom, packed, o);
                if (packed.Form == LinearForm.Geglu)
                    value = (value + Bias(packed, o)) * Gelu(Product(rowFrom, packed, outputs + o) + Bias(packed, outputs + o));
                finish.Store(row, o, value);
            }
        });
    }

    static unsafe double Product(float* x, ReferenceLinear weight, int row)
    {
        double sum = 0;
        long start = (long)row * weight.Inputs;
        for (int i = 0; i < weight.Inputs; i++) sum += (double)x[i] * weight.Weight[start + i];
        return sum;
    }

    static double Bias(ReferenceLinear weight, int row) => weight.Bias?[row] ?? 0;

    // y = activation(sum + bias + perChannel) + residual, one element.
    sealed unsafe class Finish
    {
        readonly Activation _activation;
        readonly float[]? _bias;
        readonly float* _perChannel;
        readonly float* _residual;
        readonly float* _y;
        readonly int _channels;
        readonly long _rowsOfSample;

        public Finish(in Epilogue epilogue, float[]? bias, Tensor y)
        {
            _activation = epilogue.Activation;
            _bias = bias;
            _perChannel = epilogue.PerChannel is { } perChannel ? ReferenceBuffer.Floats(perChannel) : null;
            _residual = epilogue.Residual is { } residual ? ReferenceBuffer.Floats(residual) : null;
            _y = ReferenceBuffer.Floats(y);
            _channels = y.Shape[-1];
            _rowsOfSample = Math.Max(1, y.Shape.Rows / Math.Max(1, y.Shape[0]));
        }

        public void Store(long row, int channel, double sum)
        {
            if (_bias is not null) sum += _bias[channel];
            if (_perChannel != null) sum += _perChannel[row / _rowsOfSample * _channels + channel];
            sum = Apply(_activation, sum);
            if (_residual != null) sum += _residual[row * _channels + channel];
            _y[row * _channels + channel] = (float)sum;
        }
    }
}
