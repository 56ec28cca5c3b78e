namespace PgpSr.Benchmarks.Gpu;

/// <summary>A measured operation.</summary>
/// <param name="Kernels">Which of our kernels.</param>
/// <param name="PeerSeconds">PyTorch's time for the same, or null.</param>
/// <param name="PeerError">Why there is none.</param>
sealed record ResultRow(string Group, string Name, string Kernels, double Seconds, double Flops, double Bytes, double? PeerSeconds, string PeerError);
