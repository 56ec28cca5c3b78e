using PgpSr.Models;

namespace PgpSr.Pruning;

/// <summary>A checkpoint's tensors as the networks load them.</summary>
sealed class CheckpointSource(Checkpoint checkpoint) : StoredSource
{
    public override string Name => checkpoint.Path;

    public override IEnumerable<string> Keys => checkpoint.Tensors.Keys;

    protected override WeightDescription? Find(string key) =>
        checkpoint.Tensors.TryGetValue(key, out var tensor) ? WeightDescription.OfStored(tensor.Type, tensor.Shape) : null;

    protected override void Copy(string key, Span<byte> bytes) => checkpoint.Tensors[key].Read(0, bytes);
}
