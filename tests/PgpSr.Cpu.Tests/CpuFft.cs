using PgpSr.Conformance;

namespace PgpSr.Cpu.Tests;

public sealed class CpuFftV512() : FftConformance(CpuFixtures.V512);

public sealed class CpuFftV256() : FftConformance(CpuFixtures.V256);

public sealed class CpuFftV128() : FftConformance(CpuFixtures.V128);

public sealed class CpuGoldenFftV512() : GoldenFftConformance(CpuFixtures.V512);

public sealed class CpuGoldenFftV256() : GoldenFftConformance(CpuFixtures.V256);

public sealed class CpuGoldenFftV128() : GoldenFftConformance(CpuFixtures.V128);
