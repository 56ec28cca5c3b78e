using PgpSr.Tensors;

namespace PgpSr.Sampling;

/// <summary>Noise that DDIM adds in every step (Song et al. 2021, equation 16).</summary>
/// <param name="Eta">0 for none, 1 for as much as DDPM's.</param>
/// <param name="At">Unit noise of a step (from 0), of the sample's shape, rented from the workspace's innermost scope.</param>
sealed record StepNoise(double Eta, Func<Workspace, int, Tensor> At);
