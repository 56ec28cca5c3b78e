using System.Globalization;

namespace PgpSr.KernelBench;

/// <summary>
/// An operation on a shape, with its inputs. All arrays are channels-last: a feature map is [H, W, C], tokens are [T, C]; weights are in the order of
/// checkpoints, [out, in] and [out, in, kernel, kernel]. Batch is 1.
/// </summary>
/// <param name="Operation">Name of the operation, e.g. <c>conv3x3</c>.</param>
/// <param name="Shape">Its sizes, e.g. <c>320-320@64x64</c>.</param>
public abstract record Work(string Operation, string Shape)
{
    /// <summary>Floating-point operations of the definition (not of the algorithm: Winograd's and FFT's savings show as speed).</summary>
    public abstract double Flops { get; }

    /// <summary>Where the operation is bound by memory: the elements of its input, whose two reads and one write are the peak. Otherwise 0.</summary>
    public virtual int StreamedElements => 0;

    /// <summary>Whether the operation has weights that can be kept in a narrower type.</summary>
    public virtual bool HasWeights => false;

    /// <summary>Error that two right float32 implementations may show, relative to the output's root mean square.</summary>
    public virtual double Tolerance => 1e-4;

    internal static int Checked(double product, string shape) =>
        product is >= 1 and <= int.MaxValue ? (int)product : throw new FormatException($"shape '{shape}': {product:0} elements do not fit");

    internal static int[]? Sizes(string text, string separators, int count)
    {
        string[] parts = text.Split(separators.ToCharArray());
        if (parts.Length != count) return null;
        var sizes = new int[count];
        for (int i = 0; i < count; i++)
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out sizes[i]) || sizes[i] < 1) return null;
        return sizes;
    }
}
