using ILGPU;
using PgpSr.Tensors;

namespace PgpSr.Gpu.Gemm;

/// <summary>What a product's tile goes through before it is stored; see <see cref="Epilogue"/>. Absent operands are told by flags, and their views are any valid view.</summary>
struct ProductEpilogue<TY> : IKernelFields
    where TY : unmanaged, IElement<TY>
{
    public ArrayView<float> Bias;
    public ArrayView<float> PerChannel;
    public ArrayView<TY> Residual;
    public int HasBias;
    public int HasPerChannel;
    public int HasResidual;

    /// <summary>Columns of the per-channel term, 0 if one row serves all samples.</summary>
    public int PerChannelStride;

    /// <summary>An <see cref="PgpSr.Tensors.Activation"/>.</summary>
    public int Activation;

    /// <summary>Columns 2j and 2j+1 are value and gate of result column j.</summary>
    public int Geglu;

    public readonly void Write(ref KernelArguments to) =>
        to.Add(Bias).Add(PerChannel).Add(Residual).Add(HasBias).Add(HasPerChannel).Add(HasResidual).Add(PerChannelStride).Add(Activation).Add(Geglu);
}
