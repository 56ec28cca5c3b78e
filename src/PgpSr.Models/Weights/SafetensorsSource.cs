using System.Diagnostics.CodeAnalysis;
using PgpSr.Safetensors;
using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>
/// Weights of a safetensors checkpoint. Tensors are copied out by ordinary reads into one buffer that is used again, so that loading holds the packed
/// model and one tensor, not the pages of the file besides.
/// </summary>
/// <param name="checkpoint">An open checkpoint; closed with this source.</param>
/// <param name="prefix">Only keys that begin so, without it: the <c>vae.</c> of a combined file, for example.</param>
public sealed class SafetensorsSource(SafetensorsCheckpoint checkpoint, string prefix = "") : WeightSource
{
    byte[] _buffer = [];
    ReadAhead? _readAhead;

    /// <inheritdoc/>
    public override string Name => checkpoint.Path;

    /// <inheritdoc/>
    public override IEnumerable<string> Keys =>
        checkpoint.Tensors.Where(t => t.Name.StartsWith(prefix, StringComparison.Ordinal)).Select(t => t.Name[prefix.Length..]);

    /// <summary>Opens a file, an index or a folder; see <see cref="SafetensorsCheckpoint.Open"/>.</summary>
    public static SafetensorsSource Open(string path, string? variant = null) => new(SafetensorsCheckpoint.Open(path, variant));

    /// <inheritdoc/>
    public override bool TryDescribe(string key, [NotNullWhen(true)] out WeightDescription? description)
    {
        description = null;
        if (!checkpoint.TryGet(prefix + key, out var entry)) return false;
        description = WeightDescription.OfStored(entry.DType, entry.Shape);
        return true;
    }

    /// <inheritdoc/>
    public override HostTensor Read(string key)
    {
        var entry = checkpoint[prefix + key];
        var description = WeightDescription.OfStored(entry.DType, entry.Shape);
        var type = description.Type ?? throw new InvalidOperationException($"{key}: {description.TypeName} is not a weight type");
        int bytes = checked((int)entry.ByteCount);
        // Only a loader reads many tensors; the first one starts the reading ahead.
        _readAhead ??= new ReadAhead([.. checkpoint.Files.Select(file => file.Path)]);
        _readAhead.Use(bytes);
        if (_buffer.Length < bytes) _buffer = GC.AllocateUninitializedArray<byte>(bytes);
        checkpoint.Read(entry, 0, _buffer.AsSpan(0, bytes));
        return new HostTensor(key, type, description.Shape, _buffer.AsSpan(0, bytes));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _readAhead?.Dispose();
            checkpoint.Dispose();
        }
        _buffer = [];
    }
}
