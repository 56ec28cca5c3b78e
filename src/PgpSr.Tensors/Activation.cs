namespace PgpSr.Tensors;

/// <summary>Element-wise non-linearities of the networks.</summary>
public enum Activation
{
    /// <summary>y = x.</summary>
    None,

    /// <summary>y = x * sigmoid(x).</summary>
    Silu,

    /// <summary>y = x/2 * (1 + erf(x / sqrt 2)), the exact form.</summary>
    Gelu,

    /// <summary>y = x * sigmoid(1.702 x), CLIP's approximation.</summary>
    QuickGelu,

    /// <summary>y = max(x, 0).</summary>
    Relu,

    /// <summary>y = x where it is positive, x/5 elsewhere: ESRGAN's slope.</summary>
    LeakyRelu,
}

/// <summary>What a linear layer computes from its matrix product.</summary>
public enum LinearForm
{
    /// <summary>y = x W^T + b, as wide as W has rows.</summary>
    Plain,

    /// <summary>
    /// The product's first half times the exact GELU of its second half, half as wide as W has rows: diffusers' GEGLU
    /// (<c>ff.net.0.proj</c>), fused so that the wide product is never stored.
    /// </summary>
    Geglu,
}
