using PgpSr.Conformance;

namespace PgpSr.Gpu.Tests;

// One line for each suite and device. OpenCL's kernels are those compiled beforehand; that ILGPU's own way gives the same bytes, CompiledBytes shows.
// On the stand-in, whose groups are threads of the operating system, attention and transforms run with one storage: theirs are the same instructions
// but for the loads, and OpenCL runs them with both.

public sealed class SimulatedConv2d() : Conv2dConformance(GpuFixtures.Simulated);

public sealed class SimulatedLinear() : LinearConformance(GpuFixtures.Simulated);

public sealed class SimulatedAttention() : AttentionConformance(GpuFixtures.Simulated);

public sealed class SimulatedGroupNorm() : GroupNormConformance(GpuFixtures.Simulated);

public sealed class SimulatedLayerNorm() : LayerNormConformance(GpuFixtures.Simulated);

public sealed class SimulatedElementwise() : ElementwiseConformance(GpuFixtures.Simulated);

public sealed class SimulatedLayout() : LayoutConformance(GpuFixtures.Simulated);

public sealed class SimulatedFft() : FftConformance(GpuFixtures.Simulated);

public sealed class SimulatedGoldenFft() : GoldenFftConformance(GpuFixtures.Simulated);

public sealed class SimulatedGoldenOps() : GoldenOpsConformance(GpuFixtures.Simulated);

public sealed class CudaConv2d() : Conv2dConformance(GpuFixtures.Cuda);

public sealed class CudaLinear() : LinearConformance(GpuFixtures.Cuda);

public sealed class CudaAttention() : AttentionConformance(GpuFixtures.Cuda);

public sealed class CudaGroupNorm() : GroupNormConformance(GpuFixtures.Cuda);

public sealed class CudaLayerNorm() : LayerNormConformance(GpuFixtures.Cuda);

public sealed class CudaElementwise() : ElementwiseConformance(GpuFixtures.Cuda);

public sealed class CudaLayout() : LayoutConformance(GpuFixtures.Cuda);

public sealed class CudaFft() : FftConformance(GpuFixtures.Cuda);

public sealed class CudaGoldenFft() : GoldenFftConformance(GpuFixtures.Cuda);

public sealed class CudaGoldenOps() : GoldenOpsConformance(GpuFixtures.Cuda);

public sealed class SimulatedTiledConv2d() : Conv2dConformance(GpuFixtures.SimulatedTiled);

public sealed class SimulatedTiledLinear() : LinearConformance(GpuFixtures.SimulatedTiled);

public sealed class SimulatedTiledAttention() : AttentionConformance(GpuFixtures.SimulatedTiled);

public sealed class CudaTensorCoresConv2d() : Conv2dConformance(GpuFixtures.CudaTensorCores);

public sealed class CudaTensorCoresLinear() : LinearConformance(GpuFixtures.CudaTensorCores);

public sealed class CudaTensorCoresAttention() : AttentionConformance(GpuFixtures.CudaTensorCores);

// Binary16 activations.

public sealed class SimulatedHalfConv2d() : Conv2dConformance(GpuFixtures.SimulatedHalf);

public sealed class SimulatedHalfLinear() : LinearConformance(GpuFixtures.SimulatedHalf);

public sealed class SimulatedHalfGroupNorm() : GroupNormConformance(GpuFixtures.SimulatedHalf);

public sealed class SimulatedHalfLayerNorm() : LayerNormConformance(GpuFixtures.SimulatedHalf);

public sealed class SimulatedHalfElementwise() : ElementwiseConformance(GpuFixtures.SimulatedHalf);

public sealed class SimulatedHalfLayout() : LayoutConformance(GpuFixtures.SimulatedHalf);

public sealed class CudaHalfConv2d() : Conv2dConformance(GpuFixtures.CudaHalf);

public sealed class CudaHalfLinear() : LinearConformance(GpuFixtures.CudaHalf);

public sealed class CudaHalfAttention() : AttentionConformance(GpuFixtures.CudaHalf);

public sealed class CudaHalfGroupNorm() : GroupNormConformance(GpuFixtures.CudaHalf);

public sealed class CudaHalfLayerNorm() : LayerNormConformance(GpuFixtures.CudaHalf);

public sealed class CudaHalfElementwise() : ElementwiseConformance(GpuFixtures.CudaHalf);

public sealed class CudaHalfLayout() : LayoutConformance(GpuFixtures.CudaHalf);

public sealed class CudaHalfFft() : FftConformance(GpuFixtures.CudaHalf);

public sealed class SimulatedTiledHalfLinear() : LinearConformance(GpuFixtures.SimulatedTiledHalf);

public sealed class SimulatedTiledHalfAttention() : AttentionConformance(GpuFixtures.SimulatedTiledHalf);

public sealed class CudaTensorCoresHalfConv2d() : Conv2dConformance(GpuFixtures.CudaTensorCoresHalf);

public sealed class CudaTensorCoresHalfLinear() : LinearConformance(GpuFixtures.CudaTensorCoresHalf);

public sealed class CudaTensorCoresHalfAttention() : AttentionConformance(GpuFixtures.CudaTensorCoresHalf);

// Kernels that were compiled when the program was built.

public sealed class OpenClCompiledConv2d() : Conv2dConformance(GpuFixtures.OpenClCompiled);

public sealed class OpenClCompiledLinear() : LinearConformance(GpuFixtures.OpenClCompiled);

public sealed class OpenClCompiledAttention() : AttentionConformance(GpuFixtures.OpenClCompiled);

public sealed class OpenClCompiledGroupNorm() : GroupNormConformance(GpuFixtures.OpenClCompiled);

public sealed class OpenClCompiledLayerNorm() : LayerNormConformance(GpuFixtures.OpenClCompiled);

public sealed class OpenClCompiledElementwise() : ElementwiseConformance(GpuFixtures.OpenClCompiled);

public sealed class OpenClCompiledLayout() : LayoutConformance(GpuFixtures.OpenClCompiled);

public sealed class OpenClCompiledFft() : FftConformance(GpuFixtures.OpenClCompiled);

public sealed class OpenClCompiledGoldenFft() : GoldenFftConformance(GpuFixtures.OpenClCompiled);

public sealed class OpenClCompiledGoldenOps() : GoldenOpsConformance(GpuFixtures.OpenClCompiled);

public sealed class OpenClCompiledHalfConv2d() : Conv2dConformance(GpuFixtures.OpenClCompiledHalf);

public sealed class OpenClCompiledHalfLinear() : LinearConformance(GpuFixtures.OpenClCompiledHalf);

public sealed class OpenClCompiledHalfAttention() : AttentionConformance(GpuFixtures.OpenClCompiledHalf);

public sealed class OpenClCompiledHalfGroupNorm() : GroupNormConformance(GpuFixtures.OpenClCompiledHalf);

public sealed class OpenClCompiledHalfLayerNorm() : LayerNormConformance(GpuFixtures.OpenClCompiledHalf);

public sealed class OpenClCompiledHalfElementwise() : ElementwiseConformance(GpuFixtures.OpenClCompiledHalf);

public sealed class OpenClCompiledHalfLayout() : LayoutConformance(GpuFixtures.OpenClCompiledHalf);

public sealed class OpenClCompiledHalfFft() : FftConformance(GpuFixtures.OpenClCompiledHalf);

public sealed class OpenClCompiledNaiveConv2d() : Conv2dConformance(GpuFixtures.OpenClCompiledNaive);

public sealed class OpenClCompiledNaiveLinear() : LinearConformance(GpuFixtures.OpenClCompiledNaive);

public sealed class OpenClCompiledNaiveAttention() : AttentionConformance(GpuFixtures.OpenClCompiledNaive);

public sealed class OpenClCompiledNaiveHalfConv2d() : Conv2dConformance(GpuFixtures.OpenClCompiledNaiveHalf);

public sealed class OpenClCompiledNaiveHalfLinear() : LinearConformance(GpuFixtures.OpenClCompiledNaiveHalf);

public sealed class OpenClCompiledNaiveHalfAttention() : AttentionConformance(GpuFixtures.OpenClCompiledNaiveHalf);
