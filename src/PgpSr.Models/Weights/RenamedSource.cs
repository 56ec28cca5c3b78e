using System.Diagnostics.CodeAnalysis;
using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>
/// A checkpoint under other names: prefixes taken off, foreign names translated, tensors left out that no network uses. Everything that is not left
/// out must still be used by the network.
/// </summary>
sealed class RenamedSource : WeightSource
{
    readonly WeightSource _basis;
    readonly Dictionary<string, string> _theirs = new(StringComparer.Ordinal);

    /// <param name="basis">Disposed with this source.</param>
    /// <param name="rename">Gives a tensor's new name, or null to leave it out.</param>
    /// <exception cref="ConfigException">Two tensors have one name.</exception>
    public RenamedSource(WeightSource basis, Func<string, string?> rename)
    {
        ArgumentNullException.ThrowIfNull(basis);
        ArgumentNullException.ThrowIfNull(rename);
        _basis = basis;
        foreach (string key in basis.Keys)
        {
            if (rename(key) is not { } name) continue;
            if (!_theirs.TryAdd(name, key)) throw new ConfigException(basis.Name, $"{key} and {_theirs[name]} are both {name}");
        }
    }

    /// <inheritdoc/>
    public override string Name => _basis.Name;

    /// <inheritdoc/>
    public override IEnumerable<string> Keys => _theirs.Keys;

    /// <summary>Only the keys that begin so, without it.</summary>
    public static RenamedSource Under(WeightSource basis, string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return new(basis, key => key.StartsWith(prefix, StringComparison.Ordinal) ? key[prefix.Length..] : null);
    }

    /// <inheritdoc/>
    public override bool TryDescribe(string key, [NotNullWhen(true)] out WeightDescription? description)
    {
        description = null;
        return _theirs.TryGetValue(key, out string? theirs) && _basis.TryDescribe(theirs, out description);
    }

    /// <inheritdoc/>
    public override HostTensor Read(string key)
    {
        var tensor = _basis.Read(_theirs[key]);
        return new HostTensor(key, tensor.Type, tensor.Shape, tensor.Bytes);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _basis.Dispose();
    }
}
