using PgpSr.Gpu.Attention;
using PgpSr.Gpu.Fourier;
using PgpSr.Gpu.Gemm;

namespace PgpSr.Gpu.Kernels;

/// <summary>Every kernel that the backend launches, closed over the types with which it does.</summary>
static class KernelInstances
{
    static readonly Type[] s_elements = [typeof(SingleElement), typeof(HalfBits)];
    static readonly Type[] s_words = [typeof(float), typeof(ushort)];
    static readonly Type[] s_quads = [typeof(SingleQuad), typeof(HalfQuad), typeof(BrainQuad)];
    static readonly (Type, Type)[] s_stored = [(typeof(float), typeof(StoredF32)), (typeof(ushort), typeof(StoredHalfBits)), (typeof(ushort), typeof(StoredBFloat16))];

    /// <summary>For OpenCL: binary16 by integers, which every device has.</summary>
    public static IReadOnlyList<Type> OpenCl { get; } =
    [
        .. Of(
            s_elements, typeof(ActivateKernel<>), typeof(PReluKernel<>), typeof(AddKernel<>), typeof(CombineKernel<>), typeof(ScaleKernel<>),
            typeof(FillKernel<>), typeof(GroupMomentsKernel<>), typeof(GroupScaleKernel<>), typeof(GroupApplyKernel<>), typeof(LayerNormKernel<>),
            typeof(RowsForwardKernel<>), typeof(RowsInverseKernel<>), typeof(DirectRowsForwardKernel<>), typeof(DirectRowsInverseKernel<>),
            typeof(TiledAttention<>), typeof(NaiveAttentionKernel<>)),
        .. Of(
            s_words, typeof(ConcatKernel<>), typeof(SliceKernel<>), typeof(ResizeNearestKernel<>), typeof(SpaceToDepthKernel<>),
            typeof(DepthToSpaceKernel<>)),
        typeof(ColumnsKernel), typeof(ColumnsExchangeKernel), typeof(DirectColumnsKernel), typeof(ExchangePhasesKernel),
        .. from quad in s_quads from x in s_elements from y in s_elements select typeof(TiledProduct<,,>).MakeGenericType(quad, x, y),
        .. from stored in s_stored from x in s_elements from y in s_elements
           select typeof(NaiveConv2dKernel<,,,>).MakeGenericType(stored.Item1, stored.Item2, x, y),
        .. from stored in s_stored from x in s_elements from y in s_elements
           select typeof(NaiveLinearKernel<,,,>).MakeGenericType(stored.Item1, stored.Item2, x, y),
    ];

    /// <summary>For CUDA: products on tensor cores or tiles, and binary16 by instructions where memory is all the work.</summary>
    public static IReadOnlyList<Type> Cuda { get; } =
    [
        .. OpenCl.Where(kernel => !kernel.Name.StartsWith("Naive", StringComparison.Ordinal)),
        .. Of(
            [typeof(HalfElement)], typeof(ActivateKernel<>), typeof(PReluKernel<>), typeof(AddKernel<>), typeof(CombineKernel<>), typeof(ScaleKernel<>),
            typeof(FillKernel<>), typeof(GroupMomentsKernel<>), typeof(GroupScaleKernel<>), typeof(GroupApplyKernel<>), typeof(LayerNormKernel<>),
            typeof(RowsForwardKernel<>), typeof(RowsInverseKernel<>), typeof(DirectRowsForwardKernel<>), typeof(DirectRowsInverseKernel<>)),
    ];

    /// <summary>All, in the manifest's order.</summary>
    public static IEnumerable<Type> All => OpenCl.Union(Cuda);

    static IEnumerable<Type> Of(Type[] elements, params Type[] kernels) => kernels.SelectMany(kernel => elements.Select(element => kernel.MakeGenericType(element)));
}
