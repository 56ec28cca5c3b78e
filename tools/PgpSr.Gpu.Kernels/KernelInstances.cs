using PgpSr.Gpu.Attention;
using PgpSr.Gpu.Fourier;
using PgpSr.Gpu.Gemm;

namespace PgpSr.Gpu.Kernels;

/// <summary>Every kernel that the backend launches, closed over the types with which it does.</summary>
static class KernelInstances
{
    static readonly Type[] s_elements = [typeof(SingleElement), typeof(HalfBits)];
    static readonly Type[] s_weights = [typeof(SingleElement), typeof(HalfBits), typeof(BrainBits)];

    // Those that move and compute elements, one by one or as lines, norms and maps.
    static readonly Type[] s_ofElements =
    [
        typeof(ActivateKernel<>), typeof(PReluKernel<>), typeof(CombineKernel<>), typeof(ScaleKernel<>), typeof(FillKernel<>),
        typeof(GroupMomentsKernel<>), typeof(GroupScaleKernel<>), typeof(GroupApplyKernel<>), typeof(LayerNormKernel<>), typeof(RowsForwardKernel<>),
        typeof(RowsInverseKernel<>), typeof(DirectRowsForwardKernel<>), typeof(DirectRowsInverseKernel<>), typeof(ConcatKernel<>), typeof(SliceKernel<>),
        typeof(ResizeNearestKernel<>), typeof(SpaceToDepthKernel<>), typeof(DepthToSpaceKernel<>),
    ];

    /// <summary>For OpenCL: binary16 by integers, which every device has.</summary>
    public static IReadOnlyList<Type> OpenCl { get; } =
    [
        .. Of(s_elements, s_ofElements),
        .. Of(s_elements, typeof(TiledAttention<>), typeof(NaiveAttentionKernel<>)),
        typeof(ColumnsKernel), typeof(ColumnsExchangeKernel), typeof(DirectColumnsKernel), typeof(ExchangePhasesKernel),
        .. from kernel in new[] { typeof(TiledProduct<,,>), typeof(NaiveProductKernel<,,>) }
           from weight in s_weights from x in s_elements from y in s_elements select kernel.MakeGenericType(weight, x, y),
    ];

    /// <summary>For CUDA: products on tensor cores or tiles, and binary16 by instructions where memory is all the work.</summary>
    public static IReadOnlyList<Type> Cuda { get; } =
    [
        .. OpenCl.Where(kernel => !kernel.Name.StartsWith("Naive", StringComparison.Ordinal)),
        .. Of([typeof(HalfElement)], s_ofElements),
    ];

    /// <summary>All, in the manifest's order.</summary>
    public static IEnumerable<Type> All => OpenCl.Union(Cuda);

    static IEnumerable<Type> Of(Type[] elements, params Type[] kernels) => kernels.SelectMany(kernel => elements.Select(element => kernel.MakeGenericType(element)));
}
