using TorchSharp;
using static TorchSharp.torch;

namespace PgpSr.Training;

/// <summary>
/// Sums, differences and squares that keep TorchSharp's Scalars alive: its own operators (+, -, square) make a temporary Scalar that may be collected while
/// the native call reads it, which ends a long run with a crash every few thousand steps. Every Scalar of this program is a field or a using.
/// </summary>
static class TensorSums
{
    static readonly Scalar s_one = 1, s_minusOne = -1;

    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, s_one);

    public static Tensor Minus(this Tensor x, Tensor y) => x.add(y, s_minusOne);

    public static Tensor Squared(this Tensor x) => x.mul(x);
}
