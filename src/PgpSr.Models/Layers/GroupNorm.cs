using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>Group normalization with scale and shift, and SiLU after it where the network has one.</summary>
sealed class GroupNorm(Tensor gamma, Tensor beta, int groups, float epsilon)
{
    public static GroupNorm Load(WeightScope w, int channels, int groups, float epsilon) =>
        new(w.Parameter("weight", channels), w.Parameter("bias", channels), groups, epsilon);

    public Tensor Forward(Workspace ws, Tensor x) => ws.GroupNorm(x, gamma, beta, groups, epsilon);

    public Tensor ForwardSilu(Workspace ws, Tensor x) => ws.GroupNorm(x, gamma, beta, groups, epsilon, Activation.Silu);
}
