namespace PgpSr.Pruning;

/// <summary>What is taken for one distribution when Psi_KL compares two feature maps. The paper does not say.</summary>
enum SoftmaxAxis
{
    /// <summary>The channels of each position: the mean over positions does not depend on the picture's size.</summary>
    Channels,

    /// <summary>All positions and channels of a picture together: one divergence a picture, and it depends on its size.</summary>
    All,
}
