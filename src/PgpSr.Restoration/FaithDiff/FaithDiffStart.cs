namespace PgpSr.Restoration;

/// <summary>What sampling begins with.</summary>
enum FaithDiffStart
{
    /// <summary>The degraded picture's latent, noised to the last training timestep.</summary>
    Degraded,

    /// <summary>Noise alone.</summary>
    Noise,
}
