namespace PgpSr.Benchmarks.Gpu;

/// <summary>A function of peer.py and its arguments.</summary>
sealed record PeerCall(string Operation, params object[] Sizes);
