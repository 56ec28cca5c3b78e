namespace PgpSr.Imaging;

/// <summary>How hard lossless compression tries.</summary>
public enum CompressionEffort
{
    /// <summary>Fastest DEFLATE level, one row filter.</summary>
    Fast,

    /// <summary>Middle DEFLATE level, the row filter chosen for each row.</summary>
    Balanced,

    /// <summary>Highest DEFLATE level, the row filter chosen for each row.</summary>
    Smallest,
}
