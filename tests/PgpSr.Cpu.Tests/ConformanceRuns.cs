using PgpSr.Conformance;

namespace PgpSr.Cpu.Tests;

// One line for each suite and kernel set.

public sealed class CpuConv2dV512() : Conv2dConformance(CpuFixtures.V512);

public sealed class CpuConv2dV256() : Conv2dConformance(CpuFixtures.V256);

public sealed class CpuConv2dV128() : Conv2dConformance(CpuFixtures.V128);

public sealed class CpuLinearV512() : LinearConformance(CpuFixtures.V512);

public sealed class CpuLinearV256() : LinearConformance(CpuFixtures.V256);

public sealed class CpuLinearV128() : LinearConformance(CpuFixtures.V128);

public sealed class CpuGroupNormV512() : GroupNormConformance(CpuFixtures.V512);

public sealed class CpuGroupNormV256() : GroupNormConformance(CpuFixtures.V256);

public sealed class CpuGroupNormV128() : GroupNormConformance(CpuFixtures.V128);

public sealed class CpuLayerNormV512() : LayerNormConformance(CpuFixtures.V512);

public sealed class CpuLayerNormV256() : LayerNormConformance(CpuFixtures.V256);

public sealed class CpuLayerNormV128() : LayerNormConformance(CpuFixtures.V128);

public sealed class CpuElementwiseV512() : ElementwiseConformance(CpuFixtures.V512);

public sealed class CpuElementwiseV256() : ElementwiseConformance(CpuFixtures.V256);

public sealed class CpuElementwiseV128() : ElementwiseConformance(CpuFixtures.V128);

public sealed class CpuLayoutV512() : LayoutConformance(CpuFixtures.V512);

public sealed class CpuLayoutV256() : LayoutConformance(CpuFixtures.V256);

public sealed class CpuLayoutV128() : LayoutConformance(CpuFixtures.V128);

public sealed class CpuFftV512() : FftConformance(CpuFixtures.V512);

public sealed class CpuFftV256() : FftConformance(CpuFixtures.V256);

public sealed class CpuFftV128() : FftConformance(CpuFixtures.V128);

public sealed class CpuGoldenFftV512() : GoldenFftConformance(CpuFixtures.V512);

public sealed class CpuGoldenFftV256() : GoldenFftConformance(CpuFixtures.V256);

public sealed class CpuGoldenFftV128() : GoldenFftConformance(CpuFixtures.V128);

public sealed class CpuAttentionV512() : AttentionConformance(CpuFixtures.V512);

public sealed class CpuAttentionV256() : AttentionConformance(CpuFixtures.V256);

public sealed class CpuAttentionV128() : AttentionConformance(CpuFixtures.V128);

public sealed class CpuGoldenOpsV512() : GoldenOpsConformance(CpuFixtures.V512);

public sealed class CpuGoldenOpsV256() : GoldenOpsConformance(CpuFixtures.V256);

public sealed class CpuGoldenOpsV128() : GoldenOpsConformance(CpuFixtures.V128);
