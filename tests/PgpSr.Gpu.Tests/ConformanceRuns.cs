using PgpSr.Conformance;

namespace PgpSr.Gpu.Tests;

// One line for each suite and device.

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

public sealed class OpenClConv2d() : Conv2dConformance(GpuFixtures.OpenCl);

public sealed class OpenClLinear() : LinearConformance(GpuFixtures.OpenCl);

public sealed class OpenClAttention() : AttentionConformance(GpuFixtures.OpenCl);

public sealed class OpenClGroupNorm() : GroupNormConformance(GpuFixtures.OpenCl);

public sealed class OpenClLayerNorm() : LayerNormConformance(GpuFixtures.OpenCl);

public sealed class OpenClElementwise() : ElementwiseConformance(GpuFixtures.OpenCl);

public sealed class OpenClLayout() : LayoutConformance(GpuFixtures.OpenCl);

public sealed class OpenClFft() : FftConformance(GpuFixtures.OpenCl);

public sealed class OpenClGoldenFft() : GoldenFftConformance(GpuFixtures.OpenCl);

public sealed class OpenClGoldenOps() : GoldenOpsConformance(GpuFixtures.OpenCl);

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

public sealed class OpenClNaiveConv2d() : Conv2dConformance(GpuFixtures.OpenClNaive);

public sealed class OpenClNaiveLinear() : LinearConformance(GpuFixtures.OpenClNaive);

public sealed class OpenClNaiveAttention() : AttentionConformance(GpuFixtures.OpenClNaive);

public sealed class CudaTensorCoresConv2d() : Conv2dConformance(GpuFixtures.CudaTensorCores);

public sealed class CudaTensorCoresLinear() : LinearConformance(GpuFixtures.CudaTensorCores);

public sealed class CudaTensorCoresAttention() : AttentionConformance(GpuFixtures.CudaTensorCores);

// Binary16 activations.

public sealed class SimulatedHalfConv2d() : Conv2dConformance(GpuFixtures.SimulatedHalf);

public sealed class SimulatedHalfLinear() : LinearConformance(GpuFixtures.SimulatedHalf);

public sealed class SimulatedHalfAttention() : AttentionConformance(GpuFixtures.SimulatedHalf);

public sealed class SimulatedHalfGroupNorm() : GroupNormConformance(GpuFixtures.SimulatedHalf);

public sealed class SimulatedHalfLayerNorm() : LayerNormConformance(GpuFixtures.SimulatedHalf);

public sealed class SimulatedHalfElementwise() : ElementwiseConformance(GpuFixtures.SimulatedHalf);

public sealed class SimulatedHalfLayout() : LayoutConformance(GpuFixtures.SimulatedHalf);

public sealed class SimulatedHalfFft() : FftConformance(GpuFixtures.SimulatedHalf);

public sealed class OpenClHalfConv2d() : Conv2dConformance(GpuFixtures.OpenClHalf);

public sealed class OpenClHalfLinear() : LinearConformance(GpuFixtures.OpenClHalf);

public sealed class OpenClHalfAttention() : AttentionConformance(GpuFixtures.OpenClHalf);

public sealed class OpenClHalfGroupNorm() : GroupNormConformance(GpuFixtures.OpenClHalf);

public sealed class OpenClHalfLayerNorm() : LayerNormConformance(GpuFixtures.OpenClHalf);

public sealed class OpenClHalfElementwise() : ElementwiseConformance(GpuFixtures.OpenClHalf);

public sealed class OpenClHalfLayout() : LayoutConformance(GpuFixtures.OpenClHalf);

public sealed class OpenClHalfFft() : FftConformance(GpuFixtures.OpenClHalf);

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

public sealed class OpenClNaiveHalfConv2d() : Conv2dConformance(GpuFixtures.OpenClNaiveHalf);

public sealed class OpenClNaiveHalfLinear() : LinearConformance(GpuFixtures.OpenClNaiveHalf);

public sealed class OpenClNaiveHalfAttention() : AttentionConformance(GpuFixtures.OpenClNaiveHalf);

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
