namespace PgpSr.Benchmarks.Gpu;

/// <summary>An operation of <see cref="TorchPeer"/> and its arguments.</summary>
sealed record PeerCall(string Operation, params object[] Sizes);
