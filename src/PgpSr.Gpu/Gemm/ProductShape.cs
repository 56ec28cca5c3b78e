using PgpSr.Tensors;

namespace PgpSr.Gpu.Gemm;

/// <summary>
/// A convolution as a matrix product whose left operand is never stored: row = output pixel, inner index = (tap, channel), column = output
/// channel. A linear layer is the case of one tap and an image of one row.
/// </summary>
readonly struct ProductShape : IKernelFields
{
    /// <summary>Weights are laid out [columns][taps][channels rounded up to this], so that a 16-byte piece of F16 weights never straddles two taps.</summary>
    public const int ChannelGranule = 8;

    public readonly int Height;
    public readonly int Width;
    public readonly int Channels;
    public readonly int PaddedChannels;
    public readonly int OutputHeight;
    public readonly int OutputWidth;
    public readonly int KernelWidth;
    public readonly int Taps;
    public readonly int Stride;
    public readonly int PadTop;
    public readonly int PadLeft;

    /// <summary>Rows of the product: output pixels of all samples, or tokens.</summary>
    public readonly int Rows;

    /// <summary>Columns of the product: output channels, twice as many for GEGLU.</summary>
    public readonly int Columns;

    /// <summary>Rows that share one line of the per-channel term.</summary>
    public readonly int RowsPerSample;

    public ProductShape(int samples, int height, int width, int channels, int columns, in Conv2dGeometry geometry)
    {
        Height = height;
        Width = width;
        Channels = channels;
        PaddedChannels = Padded(channels);
        OutputHeight = geometry.OutputHeight(height);
        OutputWidth = geometry.OutputWidth(width);
        KernelWidth = geometry.KernelWidth;
        Taps = geometry.KernelHeight * geometry.KernelWidth;
        Stride = geometry.Stride;
        PadTop = geometry.PadTop;
        PadLeft = geometry.PadLeft;
        RowsPerSample = OutputHeight * OutputWidth;
        Rows = checked(samples * RowsPerSample);
        Columns = columns;
    }

    ProductShape(int rows, int rowsPerSample, int channels, int columns)
    {
        Height = 1;
        Width = rows;
        Channels = channels;
        PaddedChannels = Padded(channels);
        OutputHeight = 1;
        OutputWidth = rows;
        KernelWidth = 1;
        Taps = 1;
        Stride = 1;
        RowsPerSample = rowsPerSample;
        Rows = rows;
        Columns = columns;
    }

    /// <summary>x [rows, channels] times a weight [columns, channels].</summary>
    public static ProductShape Linear(int rows, int rowsPerSample, int channels, int columns) => new(rows, rowsPerSample, channels, columns);

    /// <summary>Rows of the left operand are rows of memory: one tap, stride 1, no padding.</summary>
    public bool IsPointwise => Taps == 1 && Stride == 1 && OutputHeight == Height && OutputWidth == Width && PadTop == 0 && PadLeft == 0;

    public void Write(ref KernelArguments to) =>
        to.Add(Height).Add(Width).Add(Channels).Add(PaddedChannels).Add(OutputHeight).Add(OutputWidth).Add(KernelWidth).Add(Taps).Add(Stride)
            .Add(PadTop).Add(PadLeft).Add(Rows).Add(Columns).Add(RowsPerSample);

    public static int Padded(int channels) => checked((channels + ChannelGranule - 1) / ChannelGranule * ChannelGranule);
}
