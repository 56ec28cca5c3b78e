using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using PgpSr.Safetensors;
using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>Where weights come from: named tensors with shapes, read one at a time.</summary>
abstract class WeightSource : IDisposable
{
    /// <summary>For messages: a path, or what made the weights.</summary>
    public abstract string Name { get; }

    /// <summary>Keys of all tensors.</summary>
    public abstract IEnumerable<string> Keys { get; }

    /// <summary>What is known of a tensor without reading it.</summary>
    public abstract bool TryDescribe(string key, [NotNullWhen(true)] out WeightDescription? description);

    /// <summary>
    /// The tensor, valid until the next call. Only for tensors whose description has a <see cref="WeightDescription.Type"/>.
    /// </summary>
    public abstract HostTensor Read(string key);

    /// <summary>Closes the source.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="Dispose()"/>
    protected abstract void Dispose(bool disposing);
}

/// <summary>What is known of a tensor without reading it.</summary>
/// <param name="Shape">Axes as stored.</param>
/// <param name="Type">Element type, or null if it is none that networks are loaded from.</param>
/// <param name="TypeName">The type in the file's own words.</param>
sealed record WeightDescription(Shape Shape, DType? Type, string TypeName)
{
    /// <summary>
    /// The description of a tensor of a safetensors file. One of a rank or a size that no network has gets a shape that fits none, and so becomes a
    /// listed problem of its checkpoint instead of an exception.
    /// </summary>
    /// <param name="type">As stored.</param>
    /// <param name="axes">As stored, none negative.</param>
    public static WeightDescription OfStored(SafetensorsDType type, ImmutableArray<long> axes) => new(ShapeOf(axes), TypeOf(type), type.Name());

    // An axis of zero lets a file name others of any size.
    static Shape ShapeOf(ImmutableArray<long> axes)
    {
        bool fits = axes.Length <= Shape.MaxRank && axes.All(axis => axis <= int.MaxValue)
            && axes.Aggregate(1.0, (product, axis) => product * Math.Max(axis, 1)) < 1L << 62;
        return fits ? new Shape([.. axes.Select(axis => (int)axis)]) : new Shape(0);
    }

    static DType? TypeOf(SafetensorsDType type) => type switch
    {
        SafetensorsDType.Float32 => DType.F32,
        SafetensorsDType.Float16 => DType.F16,
        SafetensorsDType.BFloat16 => DType.BF16,
        _ => null,
    };
}
