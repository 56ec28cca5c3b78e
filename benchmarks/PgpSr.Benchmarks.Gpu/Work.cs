using PgpSr.Tensors;

namespace PgpSr.Benchmarks.Gpu;

/// <summary>One operation at one size.</summary>
/// <param name="Group">linear, conv, attention, memory, fft.</param>
/// <param name="Name">Operation and shape, for tables.</param>
/// <param name="Flops">Floating-point operations of the products, two for each multiply-add; 0 where memory is the limit.</param>
/// <param name="Bytes">
/// Bytes that must move at least: sources and results once, float32, and binary16 weights; a transform of two passes moves them twice.
/// </param>
/// <param name="Peer">The same at PyTorch's.</param>
/// <param name="Prepare">Puts sources and weights on a backend.</param>
sealed record Work(string Group, string Name, double Flops, double Bytes, PeerCall Peer, Func<Backend, PreparedWork> Prepare);
