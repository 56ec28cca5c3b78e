namespace PgpSr.Models;

/// <summary>Where phase-exchange adapters sit (method 2.4; a reconstruction, the paper's placement is not published).</summary>
enum PhasePlacement
{
    /// <summary>No adapter.</summary>
    None,

    /// <summary>P1: after conv_in (and FaithDiff's stem), guided by the stem's own guide.</summary>
    Stem,

    /// <summary>P2: at the input of every level up, guided by a light pyramid of the same guide.</summary>
    Decoder,
}
