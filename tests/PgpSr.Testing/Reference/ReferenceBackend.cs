using PgpSr.Tensors;

namespace PgpSr.Testing;

/// <summary>
/// Every operation as its definition reads: loops over scalars, sums in double, one rounding to float32 at the end. It is slow and has nothing
/// that could be clever and wrong; other backends are compared with it.
/// </summary>
public partial class ReferenceBackend : Backend
{
    /// <inheritdoc/>
    public override string Name => "reference, scalar, double";

    /// <inheritdoc/>
    public override DeviceBuffer Allocate(long bytes) => new ReferenceBuffer(bytes);

    /// <inheritdoc/>
    public override unsafe void Upload(ReadOnlySpan<byte> source, Tensor destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (source.Length != destination.ByteCount) throw new ArgumentException($"{source.Length} bytes do not fill {destination}", nameof(source));
        source.CopyTo(new Span<byte>(ReferenceBuffer.Floats(destination), source.Length));
    }

    /// <inheritdoc/>
    public override unsafe void Download(Tensor source, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (destination.Length != source.ByteCount)
            throw new ArgumentException($"{source} does not fill {destination.Length} bytes", nameof(destination));
        new ReadOnlySpan<byte>(ReferenceBuffer.Floats(source), destination.Length).CopyTo(destination);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) { }

    // Rows are independent of each other, so they may run at once; each sum stays in one order.
    void ForEach(long count, Action<long> body) =>
        Parallel.For(0, count, new ParallelOptions { CancellationToken = CancellationToken }, body);

    static double Apply(Activation activation, double x) => activation switch
    {
        Activation.None => x,
        Activation.Silu => x / (1 + Math.Exp(-x)),
        Activation.Gelu => Gelu(x),
        Activation.QuickGelu => x / (1 + Math.Exp(-1.702 * x)),
        Activation.Relu => x < 0 ? 0 : x,
        Activation.LeakyRelu => x < 0 ? 0.2 * x : x,
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "not an activation"),
    };

    static double Gelu(double x) => x / 2 * ErrorFunction.Complement(-x / Math.Sqrt(2));
}
