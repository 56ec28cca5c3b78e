using PgpSr.Conformance;

namespace PgpSr.Testing.Tests;

static class ReferenceFixture
{
    public static BackendFixture Instance { get; } = new("reference", () => new ReferenceBackend());
}

public sealed class ReferenceGoldenOps() : GoldenOpsConformance(ReferenceFixture.Instance);

public sealed class ReferenceGoldenFft() : GoldenFftConformance(ReferenceFixture.Instance);

// The suites compare the reference with itself: what is left to fail are NaN, in-place use, guards and closed forms.
public sealed class ReferenceConv2d() : Conv2dConformance(ReferenceFixture.Instance);

public sealed class ReferenceLinear() : LinearConformance(ReferenceFixture.Instance);

public sealed class ReferenceAttention() : AttentionConformance(ReferenceFixture.Instance);

public sealed class ReferenceGroupNorm() : GroupNormConformance(ReferenceFixture.Instance);

public sealed class ReferenceLayerNorm() : LayerNormConformance(ReferenceFixture.Instance);

public sealed class ReferenceElementwise() : ElementwiseConformance(ReferenceFixture.Instance);

public sealed class ReferenceLayout() : LayoutConformance(ReferenceFixture.Instance);

public sealed class ReferenceFft() : FftConformance(ReferenceFixture.Instance);
