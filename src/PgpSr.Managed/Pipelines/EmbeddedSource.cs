using System.Diagnostics.CodeAnalysis;
using PgpSr.Models;
using PgpSr.Safetensors;
using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>Weights of a safetensors file that is part of the program: read where they lie, never copied.</summary>
sealed unsafe class EmbeddedSource : WeightSource
{
    readonly UnmanagedMemoryStream _stream;
    readonly SafetensorsHeader _header;
    readonly Dictionary<string, TensorEntry> _byName;

    /// <param name="name">For messages.</param>
    /// <param name="resource">A resource of an assembly, which lies in memory; closed with the source.</param>
    /// <exception cref="SafetensorsException">It breaks a rule of the format.</exception>
    public EmbeddedSource(string name, Stream resource)
    {
        Name = name;
        _stream = (UnmanagedMemoryStream)resource;
        _header = SafetensorsHeader.Parse(All, name);
        _byName = _header.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override IEnumerable<string> Keys => _byName.Keys;

    /// <summary>The strings of <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    ReadOnlySpan<byte> All
    {
        get
        {
            _stream.Position = 0;
            return new ReadOnlySpan<byte>(_stream.PositionPointer, checked((int)_stream.Length));
        }
    }

    /// <inheritdoc/>
    public override bool TryDescribe(string key, [NotNullWhen(true)] out WeightDescription? description)
    {
        description = _byName.TryGetValue(key, out var entry) ? WeightDescription.OfStored(entry.DType, entry.Shape) : null;
        return description is not null;
    }

    /// <inheritdoc/>
    public override HostTensor Read(string key)
    {
        var entry = _byName[key];
        var description = WeightDescription.OfStored(entry.DType, entry.Shape);
        var type = description.Type ?? throw new InvalidOperationException($"{key}: {description.TypeName} is not a weight type");
        return new HostTensor(key, type, description.Shape, All.Slice(checked((int)entry.ByteOffset), checked((int)entry.ByteCount)));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _stream.Dispose();
    }
}
