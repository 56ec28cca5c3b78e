namespace PgpSr.Sampling;

/// <summary>Which solver steps from noise to image.</summary>
enum SolverKind
{
    /// <summary>Karras et al. 2022, Algorithm 2 without churn, first order. One network evaluation a step.</summary>
    Euler,

    /// <summary>Karras et al. 2022, Algorithm 2 without churn, second order. Two evaluations a step, one in the last.</summary>
    Heun,

    /// <summary>Song et al. 2021, eta 0.</summary>
    Ddim,

    /// <summary>Lu et al. 2022, DPM-Solver++(2M), midpoint form.</summary>
    DpmSolverPlusPlus2M,

    /// <summary>Zhao et al. 2023, UniPC of order 2, B(h) = exp(h) - 1.</summary>
    UniPc,
}

/// <summary>How a few sampling steps are spread over the training timesteps (Lin et al. 2024, table 2).</summary>
enum TimestepSpacing
{
    /// <summary>Multiples of N/steps from the low end, plus an offset: SDXL's own.</summary>
    Leading,

    /// <summary>Multiples of N/steps from the high end: the only sensible one for a single step.</summary>
    Trailing,

    /// <summary>Evenly from the last timestep to the first.</summary>
    Linspace,
}

/// <summary>What the network predicts.</summary>
enum PredictionType
{
    /// <summary>The noise in the sample.</summary>
    Epsilon,

    /// <summary>v = sqrt(abar) noise - sqrt(1 - abar) signal (Salimans and Ho 2022).</summary>
    Velocity,
}
