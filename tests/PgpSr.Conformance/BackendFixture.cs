using PgpSr.Tensors;

namespace PgpSr.Conformance;

/// <summary>A backend under test.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Create">Makes one; the suite disposes it.</param>
/// <param name="Precision">Unit roundoff of its arithmetic as a multiple of float32's: 1 unless it computes in a narrower type.</param>
/// <param name="HalfStorage">Operations are given binary16 activations.</param>
public sealed record BackendFixture(string Name, Func<Backend> Create, double Precision = 1, bool HalfStorage = false);
