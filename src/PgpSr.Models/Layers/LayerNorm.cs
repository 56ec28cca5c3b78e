using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>Layer normalization over channels; epsilon 1e-5 in every network here.</summary>
sealed class LayerNorm(Tensor gamma, Tensor beta)
{
    const float Epsilon = 1e-5f;

    public static LayerNorm Load(WeightScope w, int channels) => new(w.Parameter("weight", channels), w.Parameter("bias", channels));

    public Tensor Forward(Workspace ws, Tensor x) => ws.LayerNorm(x, gamma, beta, Epsilon);
}
