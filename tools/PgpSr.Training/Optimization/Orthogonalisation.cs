using TorchSharp;
using static TorchSharp.torch;

namespace PgpSr.Training;

/// <summary>
/// Momentum with all singular values brought near one (Muon: Jordan et al. 2024), so that a step turns every direction of a layer by as much as its strongest.
/// The quintic Newton-Schulz iteration with Muon's coefficients: five rounds bring singular values into about 0.7 to 1.2.
/// </summary>
static class Orthogonalisation
{
    const int Rounds = 5;

    // A step then has the size of one of Adam's (Liu et al. 2025), so that one learning rate serves both.
    const double AdamSize = 0.2;

    static readonly Scalar s_linear = 3.4445, s_cubic = -4.7750, s_quintic = 2.0315, s_least = 1e-12;

    /// <summary>The step's direction of one matrix.</summary>
    /// <param name="momentum">[rows, columns].</param>
    /// <param name="direction">Overwritten.</param>
    public static void Run(Tensor momentum, Tensor direction)
    {
        long rows = momentum.shape[0], columns = momentum.shape[1];
        Tensor x = rows > columns ? momentum.t() : momentum;
        x = x.div(x.Squared().sum().sqrt().add(s_least));
        for (int i = 0; i < Rounds; i++)
        {
            Tensor square = x.mm(x.t());
            Tensor polynomial = square.mul(s_cubic).Plus(square.mm(square).mul(s_quintic));
            x = x.mul(s_linear).Plus(polynomial.mm(x));
        }
        using Scalar size = AdamSize * Math.Sqrt(Math.Max(rows, columns));
        direction.copy_((rows > columns ? x.t() : x).mul(size));
    }
}
