using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>
/// What the levels of a UNet below the first gave the last level up, kept for evaluations that compute the outermost level alone (DeepCache, Ma
/// et al. 2023, arXiv 2312.00858): from one step to the next it changes little.
/// </summary>
/// <param name="Map">Of <see cref="Unet.DeepShape"/>, rented where all evaluations see it.</param>
/// <param name="Reuse">Whether the map is taken as it is; otherwise the evaluation is complete and fills it.</param>
readonly record struct DeepFeatures(Tensor Map, bool Reuse)
{
    /// <summary>Whether an evaluation takes an earlier one's map: each <paramref name="interval"/>-th is complete, from the first on.</summary>
    public static bool ReusedAt(int evaluation, int interval) => evaluation % interval != 0;
}
