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
    protected override unsafe void UploadCore(ReadOnlySpan<byte> source, Tensor destination)
    {
        source.CopyTo(new Span<byte>(ReferenceBuffer.Floats(destination), source.Length));
    }

    /// <inheritdoc/>
    protected override unsafe void DownloadCore(Tensor source, Span<byte> destination)
    {
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
