namespace PgpSr.Imaging;

/// <summary>What an <see cref="ImageResolution"/> counts pixels per.</summary>
public enum ResolutionUnit
{
    /// <summary>No unit: only the ratio of the two numbers means something (pixel aspect).</summary>
    None,

    /// <summary>Pixels per inch.</summary>
    Inch,

    /// <summary>Pixels per centimeter.</summary>
    Centimeter,

    /// <summary>Pixels per meter.</summary>
    Meter,
}
