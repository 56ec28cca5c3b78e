namespace PgpSr.Tensors;

/// <summary>
/// Conversions between the two layouts of feature maps in host memory, for the edges: images, noise, latents of other tools (NCHW) and
/// tensors (NHWC).
/// </summary>
public static class ChannelsLast
{
    /// <summary>[N, C, H, W] to [N, H, W, C], with <paramref name="pixels"/> = H*W.</summary>
    public static void FromChannelsFirst(ReadOnlySpan<float> source, int samples, int channels, int pixels, Span<float> destination) =>
        TransposeEach(source, samples, channels, pixels, destination);

    /// <summary>[N, H, W, C] to [N, C, H, W], with <paramref name="pixels"/> = H*W.</summary>
    public static void ToChannelsFirst(ReadOnlySpan<float> source, int samples, int channels, int pixels, Span<float> destination) =>
        TransposeEach(source, samples, pixels, channels, destination);

    static void TransposeEach(ReadOnlySpan<float> source, int samples, int rows, int columns, Span<float> destination)
    {
        int size = checked(rows * columns);
        if (source.Length != (long)samples * size || destination.Length != source.Length)
            throw new ArgumentException($"{samples} matrices of {rows}x{columns} do not fit {source.Length} and {destination.Length} values");
        for (int n = 0; n < samples; n++)
        {
            var from = source.Slice(n * size, size);
            var to = destination.Slice(n * size, size);
            for (int row = 0; row < rows; row++)
                for (int column = 0; column < columns; column++) to[column * rows + row] = from[row * columns + column];
        }
    }
}
