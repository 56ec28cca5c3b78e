using System.Runtime.InteropServices;

namespace PgpSr.Tensors;

/// <summary>
/// A device that computes: a score of operations, all channels-last, all with an explicit destination. Arguments are checked once: those of operations
/// by <see cref="Workspace"/>, which rents their results, those of copies and weights here; an implementation may assume them. Operations may be queued: only <see cref="Download"/> waits. An operation never
/// allocates activation memory.
/// </summary>
/// <remarks>
/// Runs may go side by side, each in a <see cref="Workspace"/> of its own: <see cref="BeginRun"/> gives each its own scratch memory and its own
/// request to stop, over one device, one set of threads and the same packed weights. Weights may be packed, and memory taken and given back, from any
/// thread. Operations called on a backend itself, outside a workspace, belong to one run: not to two at a time.
/// </remarks>
public abstract partial class Backend : IDisposable
{
    /// <summary>For people: device, kernel set, threads. For example <c>cpu, 512-bit, 16 threads</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Bytes of kernel scratch memory held now, beside tensors and weights, for all runs.</summary>
    public virtual long ScratchBytes => 0;

    /// <summary>
    /// Bytes of kernel scratch memory that one run over maps of this size holds at most: what budgets are planned with. The same on every machine,
    /// whatever ran before.
    /// </summary>
    /// <param name="height">Rows of the largest map that is transformed.</param>
    /// <param name="width">Columns of it.</param>
    public virtual ScratchBound ScratchFor(int height, int width) => default;

    /// <summary>A request to stop, seen by running operations within 50 ms; they then throw <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>
    /// In which type networks keep their feature maps and tokens between layers. <see cref="DType.F16"/> halves their memory: operations read and
    /// write it and compute in float32; a finite value beyond its range is stored as the largest half, infinities and NaN stay. Networks change type
    /// where a product does (the first and the last layer); everything outside them (pictures, latents, embeddings of time, spectra) and networks whose
    /// features leave the range of a half (SDXL's autoencoder) is float32 on every backend.
    /// </summary>
    public virtual DType ActivationType => DType.F32;

    /// <summary>
    /// True if <see cref="Conv2d"/> reads, adds and writes, and <see cref="Copy"/> writes, <see cref="Tensor.Channels"/> of wider maps, and
    /// <see cref="Epilogue.Scale"/> is obeyed. Then a dense block (Huang et al. 2017) grows one map in place instead of joining maps anew after every
    /// convolution.
    /// </summary>
    public virtual bool TakesChannels => false;

    /// <summary>
    /// This backend as one run sees it: the same device, memory and weights, but scratch and <see cref="CancellationToken"/> of its own, which begins
    /// with this one's. Dispose it when the run ends. A backend whose operations hold nothing returns itself.
    /// </summary>
    /// <param name="workers">Threads that may work on an operation, for a run whose memory is bounded (<see cref="ScratchBound.WorkersWithin"/>).</param>
    public virtual Backend BeginRun(int workers = int.MaxValue) => this;

    /// <summary>Memory of <paramref name="bytes"/> bytes, contents undefined, aligned to 64 bytes.</summary>
    /// <exception cref="BackendException">The device does not have enough memory.</exception>
    public abstract DeviceBuffer Allocate(long bytes);

    /// <summary>
    /// Takes the memory that a run ends with (<see cref="WorkspaceOptions.KeepsMemory"/>), for <see cref="Allocate"/> in the next one. A backend that has
    /// no use for it gives it back.
    /// </summary>
    protected internal virtual void Keep(DeviceBuffer memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        memory.Dispose();
    }

    /// <summary>Gives back what was kept for later runs, if anything was. Runs under way keep what they have.</summary>
    public virtual void Trim()
    {
    }

    /// <summary>Copies host bytes to a tensor of exactly that many bytes.</summary>
    public void Upload(ReadOnlySpan<byte> source, Tensor destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (source.Length != destination.ByteCount) throw new ArgumentException($"{source.Length} bytes do not fill {destination}", nameof(source));
        UploadCore(source, destination);
    }

    /// <inheritdoc cref="Upload"/>
    protected abstract void UploadCore(ReadOnlySpan<byte> source, Tensor destination);

    /// <summary>Waits for all queued work, then copies a tensor to host memory of exactly as many bytes.</summary>
    public void Download(Tensor source, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (destination.Length != source.ByteCount)
            throw new ArgumentException($"{source} does not fill {destination.Length} bytes", nameof(destination));
        DownloadCore(source, destination);
    }

    /// <inheritdoc cref="Download"/>
    protected abstract void DownloadCore(Tensor source, Span<byte> destination);

    /// <summary>Lays out a convolution weight [out, in, kernel height, kernel width] and its bias [out] (or an absent one).</summary>
    /// <exception cref="ArgumentException">Their shapes are others.</exception>
    public PackedConv2d PackConv2d(HostTensor weight, HostTensor bias, Conv2dGeometry geometry)
    {
        if (weight.Shape.Rank != 4 || weight.Shape[2] != geometry.KernelHeight || weight.Shape[3] != geometry.KernelWidth)
            throw NotAWeight(weight, $"[out, in, {geometry.KernelHeight}, {geometry.KernelWidth}]");
        CheckBias(weight, bias);
        return PackConv2dCore(weight, bias, geometry);
    }

    /// <inheritdoc cref="PackConv2d"/>
    protected abstract PackedConv2d PackConv2dCore(HostTensor weight, HostTensor bias, Conv2dGeometry geometry);

    /// <summary>Lays out a matrix [rows, in] and its bias [rows] (or an absent one).</summary>
    /// <exception cref="ArgumentException">Their shapes are others, or a form with gates has an odd number of rows.</exception>
    public PackedLinear PackLinear(HostTensor weight, HostTensor bias, LinearForm form = LinearForm.Plain)
    {
        if (weight.Shape.Rank != 2) throw NotAWeight(weight, "a matrix [rows, in]");
        if (form == LinearForm.Geglu && weight.Shape[0] % 2 != 0) throw NotAWeight(weight, "as many gates as values: an even number of rows");
        CheckBias(weight, bias);
        return PackLinearCore(weight, bias, form);
    }

    /// <inheritdoc cref="PackLinear"/>
    protected abstract PackedLinear PackLinearCore(HostTensor weight, HostTensor bias, LinearForm form);

    /// <summary>Bytes of a packed weight and bias, for plans: the same whether it is loaded yet or not.</summary>
    protected internal virtual long PackedBytes(HostTensor weight, HostTensor bias, LinearForm form) => (long)weight.Bytes.Length + bias.Bytes.Length;

    /// <summary>
    /// 2-D convolution with zero padding. x [N, H, W, in], y [N, H', W', out]. Each may be of either activation type; a residual has y's, a
    /// per-channel term is float32.
    /// </summary>
    public abstract void Conv2d(Tensor x, PackedConv2d weight, in Epilogue epilogue, Tensor y);

    /// <summary>Matrix product with a weight. x [..., in], y [..., out]; types as for <see cref="Conv2d"/>.</summary>
    public abstract void Linear(Tensor x, PackedLinear weight, in Epilogue epilogue, Tensor y);

    /// <summary>
    /// Scaled dot-product attention: softmax(scale * q k^T) v for each head. q, y [N, Tq, heads*d]; k, v [N, Tk, heads*d]. With
    /// <paramref name="causal"/>, query i sees keys 0..i. The matrix of tokens x tokens is never stored.
    /// </summary>
    public abstract void Attention(Tensor q, Tensor k, Tensor v, int heads, float scale, bool causal, Tensor y);

    /// <summary>
    /// Group normalization over the positions and the channels of each group, then <paramref name="activation"/>. x, y [N, ..., C]; gamma, beta [C].
    /// Variance is biased, as torch's. Exact also where the mean is a million times the spread. y may be x.
    /// </summary>
    public abstract void GroupNorm(Tensor x, Tensor gamma, Tensor beta, int groups, float epsilon, Activation activation, Tensor y);

    /// <summary>Layer normalization over the last axis. x, y [..., C]; gamma, beta [C]. y may be x.</summary>
    public abstract void LayerNorm(Tensor x, Tensor gamma, Tensor beta, float epsilon, Tensor y);

    /// <summary>Element-wise activation. y may be x.</summary>
    public abstract void Activate(Tensor x, Activation activation, Tensor y);

    /// <summary>x where it is positive, elsewhere x times its channel's slope. x, y [..., C]; slopes [C], float32. y may be x.</summary>
    public abstract void PRelu(Tensor x, Tensor slopes, Tensor y);

    /// <summary>y = a*x + b*z, same shapes: guidance and solver steps. y may be either.</summary>
    public abstract void Combine(float a, Tensor x, float b, Tensor z, Tensor y);

    /// <summary>y = a*x. y may be x.</summary>
    public abstract void Scale(float a, Tensor x, Tensor y);

    /// <summary>Channels of a, then of b. a [..., A], b [..., B], y [..., A+B].</summary>
    public abstract void ConcatChannels(Tensor a, Tensor b, Tensor y);

    /// <summary>Channels <paramref name="start"/> .. start+C of x. x [..., X], y [..., C].</summary>
    public abstract void SliceChannels(Tensor x, int start, Tensor y);

    /// <summary>Nearest-neighbor resize to y's height and width: source index = floor(destination * in / out), as torch's. [N, H, W, C].</summary>
    public abstract void ResizeNearest(Tensor x, Tensor y);

    /// <summary>Blocks of <paramref name="factor"/> x factor pixels become channels c*factor^2 + dy*factor + dx (torch's PixelUnshuffle). [N, H, W, C] to [N, H/f, W/f, C f^2].</summary>
    public abstract void SpaceToDepth(Tensor x, int factor, Tensor y);

    /// <summary>The inverse of <see cref="SpaceToDepth"/> (torch's PixelShuffle).</summary>
    public abstract void DepthToSpace(Tensor x, int factor, Tensor y);

    /// <summary>
    /// Forward real 2-D DFT over height and width of each channel, not normalized. x [N, H, W, C], spectrum [N, H, W/2+1, 2, C] with the
    /// real parts at index 0 of the fourth axis and the imaginary parts at 1. Any H and W of at least 1.
    /// </summary>
    public abstract void RealFft2d(Tensor x, Tensor spectrum);

    /// <summary>
    /// Inverse of <see cref="RealFft2d"/>, scaled by 1/(H W). y's width decides between the two widths that share a half spectrum.
    /// Imaginary parts that a real signal cannot have (at DC and Nyquist columns) are ignored as torch's irfft2 does.
    /// </summary>
    public abstract void InverseRealFft2d(Tensor spectrum, Tensor y);

    /// <summary>
    /// Exchanges the phases of two spectra [.., 2, C], keeping each one's amplitude: u' = |U| V/|V|, v' = |V| U/|U|, where V/|V| is 1 if
    /// V is 0. Destinations may be the sources.
    /// </summary>
    public abstract void ExchangePhases(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV);

    /// <summary>
    /// Amplitude of one feature map with the phase of the other, both ways (method: <see cref="ExchangePhases"/> between a forward and an
    /// inverse transform), without storing a spectrum. All [N, H, W, C]; destinations may be the sources.
    /// </summary>
    public abstract void PhaseExchange(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV);

    /// <summary>Sets every element.</summary>
    public abstract void Fill(float value, Tensor y);

    /// <summary>Copies x to y, same shape.</summary>
    public abstract void Copy(Tensor x, Tensor y);

    /// <summary>A tensor of its own, outside any workspace: parameters such as gamma and beta. Dispose it when done.</summary>
    public Tensor CreateTensor(Shape shape, DType type = DType.F32) => new(Allocate(shape.Count * type.Size()), 0, shape, type, ownsBuffer: true);

    /// <summary>A float32 tensor of its own holding a checkpoint tensor, widened.</summary>
    public Tensor CreateTensor(HostTensor source)
    {
        var tensor = CreateTensor(source.Shape);
        Upload(MemoryMarshal.AsBytes<float>(source.ToArray()), tensor);
        return tensor;
    }

    static void CheckBias(HostTensor weight, HostTensor bias)
    {
        if (!bias.IsAbsent && (bias.Shape.Rank != 1 || bias.Shape[0] != weight.Shape[0]))
            throw new ArgumentException(
                $"{bias.Name}: {weight.Name} {weight.Shape} takes a bias [{weight.Shape[0]}], got {bias.Type} {bias.Shape}", nameof(bias));
    }

    static ArgumentException NotAWeight(HostTensor weight, string expected) =>
        new($"{weight.Name}: expected {expected}, got {weight.Type} {weight.Shape}", nameof(weight));

    /// <summary>Gives everything back.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="Dispose()"/>
    protected abstract void Dispose(bool disposing);
}
