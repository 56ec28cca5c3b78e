using System.Globalization;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>
/// Something to measure. All tensors are channels-last: feature maps are [N, H, W, C], tokens [N, T, C]; weights are in the order of checkpoints,
/// [out, in] and [out, in, kernel, kernel].
/// </summary>
/// <param name="Operation">What is done, e.g. <c>conv3x3</c>.</param>
/// <param name="Shape">Its sizes, e.g. <c>320-320@64x64</c>; more than one sample stands before a star, <c>2*320-320@64x64</c>.</param>
abstract record Work(string Operation, string Shape)
{
    /// <summary>
    /// Floating-point operations of the definition (not of the algorithm: Winograd's and the FFT's savings show as speed); 0 if only a prepared work
    /// can tell.
    /// </summary>
    public virtual double Flops => 0;

    /// <summary>Bytes that must move at least: sources and results once, float32, and weights of two bytes. 0 where nobody asks.</summary>
    public virtual double Bytes => 0;

    /// <summary>Whether memory is the limit, so that bytes and not operations are counted.</summary>
    public virtual bool MemoryBound => false;

    /// <summary>Where two reads and one write of the input are the best there can be: its elements. Otherwise 0.</summary>
    public virtual int StreamedElements => 0;

    /// <summary>Whether there are weights that can be kept in a narrower type.</summary>
    public virtual bool HasWeights => false;

    /// <summary>Whether convolutions by Winograd's algorithm are in it.</summary>
    public virtual bool HasWinograd => false;

    /// <summary>Error that two right float32 implementations may show, relative to the output's root mean square.</summary>
    public virtual double Tolerance => 1e-4;

    /// <summary>The same where factors and results are rounded to bfloat16: by 2^-8 of themselves at most, each.</summary>
    public virtual double RoundedTolerance => 3.0 / (1 << 8);

    /// <summary>The work on a backend: inputs loaded, weights packed, results allocated.</summary>
    /// <param name="backend">Where; disposed with the result if <paramref name="owned"/>.</param>
    /// <param name="weights">Type that weights are kept in.</param>
    /// <param name="form">What the row calls it; the backend's name by default.</param>
    /// <param name="owned">Whether the backend lives no longer than the work.</param>
    public BackendWork Prepare(Backend backend, DType weights, string? form = null, bool owned = false)
    {
        var work = new BackendWork(form ?? backend.Name, backend, weights, owned) { Flops = Flops };
        work.Does = Prepared(work);
        return work;
    }

    /// <summary>Gives a prepared work its tensors; returns what a run does.</summary>
    protected abstract Action Prepared(BackendWork work);

    protected static string Spelled(int samples, string shape) => samples == 1 ? shape : $"{samples}*{shape}";

    /// <summary>The numbers of a shape, the samples first; null if it is spelled otherwise.</summary>
    internal static int[]? Sizes(string text, string separators, int count)
    {
        string[] batch = text.Split('*');
        string[] parts = [batch.Length == 2 ? batch[0] : "1", .. batch[^1].Split(separators.ToCharArray())];
        if (batch.Length > 2 || parts.Length != count + 1) return null;
        int[] sizes = [.. parts.Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int size) ? size : 0)];
        return sizes.Contains(0) ? null : sizes;
    }
}
