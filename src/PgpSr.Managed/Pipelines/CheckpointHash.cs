using System.Security.Cryptography;

namespace PgpSr.Managed;

/// <summary>SHA-256 of a checkpoint, computed when first asked for: large ones take seconds, and not every run asks.</summary>
sealed class CheckpointHash(Func<Stream> open)
{
    // Between two looks at the token.
    const int PieceLength = 1 << 20;

    readonly Lock _lock = new();
    string? _value;

    public string Compute(CancellationToken cancellation)
    {
        lock (_lock) return _value ??= Read(cancellation);
    }

    string Read(CancellationToken cancellation)
    {
        using var stream = open();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] piece = new byte[PieceLength];
        for (int count; (count = stream.Read(piece)) > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(piece, 0, count);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
