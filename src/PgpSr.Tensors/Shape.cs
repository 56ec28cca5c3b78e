using System.Globalization;
using System.Runtime.CompilerServices;

namespace PgpSr.Tensors;

/// <summary>
/// Sizes of a tensor's axes, outermost first, at most <see cref="MaxRank"/> of them. Feature maps are channels-last, [N, H, W, C];
/// tokens are [N, T, C]; convolution weights are as stored in checkpoints, [out, in, kernel height, kernel width].
/// </summary>
public readonly struct Shape : IEquatable<Shape>
{
    /// <summary>The largest number of axes: a spectrum [N, H, W/2+1, 2, C] has five.</summary>
    public const int MaxRank = 5;

    readonly Axes _axes;
    readonly long _count;

    /// <param name="axes">Sizes, outermost first; none negative.</param>
    /// <exception cref="ArgumentException">More than <see cref="MaxRank"/> axes, a negative size, or more than 2^62 elements.</exception>
    public Shape(params ReadOnlySpan<int> axes)
    {
        if (axes.Length > MaxRank) throw new ArgumentException($"a shape has at most {MaxRank} axes, not {axes.Length}", nameof(axes));
        Int128 count = 1;
        for (int i = 0; i < axes.Length; i++)
        {
            if (axes[i] < 0) throw new ArgumentException($"axis {i} of a shape is negative: {axes[i]}", nameof(axes));
            _axes[i] = axes[i];
            count *= axes[i];
            if (count > 1L << 62) throw new ArgumentException("a shape has more than 2^62 elements", nameof(axes));
        }
        Rank = axes.Length;
        _count = (long)count;
    }

    /// <summary>Number of axes.</summary>
    public int Rank { get; }

    /// <summary>Number of elements; 1 for a shape without axes.</summary>
    public long Count => Rank == 0 ? 1 : _count;

    /// <summary>Size of axis <paramref name="axis"/>; negative numbers count from the end, so <c>shape[-1]</c> is the channel count.</summary>
    public int this[int axis]
    {
        get
        {
            int i = axis < 0 ? axis + Rank : axis;
            if ((uint)i >= (uint)Rank) throw new ArgumentOutOfRangeException(nameof(axis), axis, $"the shape {this} has {Rank} axes");
            return _axes[i];
        }
    }

    /// <summary>The same shape with its last axis replaced.</summary>
    public Shape WithLast(int size)
    {
        Span<int> axes = stackalloc int[MaxRank];
        CopyTo(axes);
        axes[Rank - 1] = size;
        return new Shape(axes[..Rank]);
    }

    /// <summary>Product of all axes but the last: the number of rows when the last axis is a row.</summary>
    public long Rows => Rank == 0 || this[-1] == 0 ? 0 : Count / this[-1];

    /// <summary>Writes the sizes to <paramref name="axes"/>, which must hold at least <see cref="Rank"/> numbers.</summary>
    public void CopyTo(Span<int> axes)
    {
        for (int i = 0; i < Rank; i++) axes[i] = _axes[i];
    }

    /// <inheritdoc/>
    public bool Equals(Shape other)
    {
        if (Rank != other.Rank) return false;
        for (int i = 0; i < Rank; i++)
            if (_axes[i] != other._axes[i]) return false;
        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        for (int i = 0; i < Rank; i++) hash.Add(_axes[i]);
        return hash.ToHashCode();
    }

    /// <summary>Same axes.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Different axes.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>For example <c>[1, 64, 64, 320]</c>.</summary>
    public override string ToString()
    {
        var text = new DefaultInterpolatedStringHandler(2, Rank, CultureInfo.InvariantCulture);
        text.AppendLiteral("[");
        for (int i = 0; i < Rank; i++)
        {
            if (i > 0) text.AppendLiteral(", ");
            text.AppendFormatted(_axes[i]);
        }
        text.AppendLiteral("]");
        return text.ToStringAndClear();
    }

    [InlineArray(MaxRank)]
    struct Axes
    {
        int _first;
    }
}
