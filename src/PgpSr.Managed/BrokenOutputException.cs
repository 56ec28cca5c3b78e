namespace PgpSr.Managed;

/// <summary>A model gave numbers that are no picture: infinities, NaN, or the same value everywhere for a source that varies. Nothing was
/// written.</summary>
public sealed class BrokenOutputException : PgpSrException
{
    internal BrokenOutputException(string message, UpscaleStage stage, int tile)
        : base(message)
    {
        Stage = stage;
        Tile = tile;
    }

    /// <summary>Where it was found.</summary>
    public UpscaleStage Stage { get; }

    /// <summary>Which tile of the stage, from 0.</summary>
    public int Tile { get; }
}
