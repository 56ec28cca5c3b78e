using PgpSr.Safetensors;

namespace PgpSr.Models;

/// <summary>Weights of a safetensors checkpoint.</summary>
/// <param name="checkpoint">An open checkpoint; closed with this source.</param>
sealed class SafetensorsSource(SafetensorsCheckpoint checkpoint) : StoredSource
{
    ReadAhead? _readAhead;

    /// <inheritdoc/>
    public override string Name => checkpoint.Path;

    /// <inheritdoc/>
    public override IEnumerable<string> Keys => checkpoint.Tensors.Select(tensor => tensor.Name);

    /// <summary>Opens a file, an index or a folder; see <see cref="SafetensorsCheckpoint.Open"/>.</summary>
    public static SafetensorsSource Open(string path, string? variant = null) => new(SafetensorsCheckpoint.Open(path, variant));

    /// <inheritdoc/>
    protected override WeightDescription? Find(string key) =>
        checkpoint.TryGet(key, out var entry) ? WeightDescription.OfStored(entry.DType, entry.Shape) : null;

    /// <inheritdoc/>
    protected override void Copy(string key, Span<byte> bytes)
    {
        // Only a loader reads many tensors; the first one starts the reading ahead.
        _readAhead ??= new ReadAhead([.. checkpoint.Files.Select(file => file.Path)]);
        _readAhead.Use(bytes.Length);
        checkpoint.Read(checkpoint[key], 0, bytes);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing) return;
        _readAhead?.Dispose();
        checkpoint.Dispose();
    }
}
