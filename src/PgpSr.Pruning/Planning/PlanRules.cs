namespace PgpSr.Pruning;

/// <summary>How <see cref="Planner"/> decides (PGP-DiffSR's progressive pruning approach; method 2.3, a reconstruction where the paper is
/// silent).</summary>
sealed record PlanRules
{
    /// <summary>Encoder and bottleneck go down to <see cref="KeepPerStack"/> blocks a stack.</summary>
    public bool Coarse { get; init; }

    /// <summary>A block of the decoder stays if its input and output differ enough in both metrics.</summary>
    public bool Fine { get; init; }

    /// <summary>Reading R-A besides: one ResNet with its transformer a level on the way down, the first and the last of each level on the way
    /// up.</summary>
    public bool Pairs { get; init; }

    /// <summary>The least Phi_cos between input and output of a block that stays: 0.2 in the paper.</summary>
    public double TauCos { get; init; } = 0.2;

    /// <summary>The least Psi_KL of a block that stays. The paper's value is not known; 0 leaves the decision to <see cref="TauCos"/>.</summary>
    public double TauKl { get; init; }

    /// <summary>Blocks that stay in a stack whatever is measured. 0 lets a stack become its two projections.</summary>
    public int KeepPerStack { get; init; } = 1;

    /// <summary>Which blocks of encoder and bottleneck stay: the first ones (default), or those whose input and output differ most.</summary>
    public bool CoarseKeepsStrongest { get; init; }
}
