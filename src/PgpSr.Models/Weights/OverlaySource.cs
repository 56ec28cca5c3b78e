using System.Diagnostics.CodeAnalysis;
using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>
/// Two checkpoints as one: a tensor of the second replaces the first's of the same key. FaithDiff's release overwrites an SDXL UNet's weights so.
/// </summary>
/// <param name="basis">Disposed with this source.</param>
/// <param name="overlay">Disposed with this source.</param>
sealed class OverlaySource(WeightSource basis, WeightSource overlay) : WeightSource
{
    /// <inheritdoc/>
    public override string Name => $"{overlay.Name} over {basis.Name}";

    /// <inheritdoc/>
    public override IEnumerable<string> Keys => overlay.Keys.Concat(basis.Keys.Where(key => !overlay.TryDescribe(key, out _)));

    /// <inheritdoc/>
    public override bool TryDescribe(string key, [NotNullWhen(true)] out WeightDescription? description) =>
        overlay.TryDescribe(key, out description) || basis.TryDescribe(key, out description);

    /// <inheritdoc/>
    public override HostTensor Read(string key) => overlay.TryDescribe(key, out _) ? overlay.Read(key) : basis.Read(key);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        overlay.Dispose();
        basis.Dispose();
    }
}
