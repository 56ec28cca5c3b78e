using System.Diagnostics.CodeAnalysis;
using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>Where weights come from: named tensors with shapes, read one at a time.</summary>
public abstract class WeightSource : IDisposable
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
public sealed record WeightDescription(Shape Shape, DType? Type, string TypeName);
