namespace PgpSr.Pruning;

/// <summary>The paper's E, B and D.</summary>
enum UnetPart
{
    /// <summary>Levels down.</summary>
    Encoder,

    /// <summary>The middle.</summary>
    Bottleneck,

    /// <summary>Levels up.</summary>
    Decoder,
}
