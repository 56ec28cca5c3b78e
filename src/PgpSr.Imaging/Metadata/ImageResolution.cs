namespace PgpSr.Imaging;

/// <summary>Pixel density as a file states it.</summary>
/// <param name="Horizontal">Pixels per unit along a row.</param>
/// <param name="Vertical">Pixels per unit along a column.</param>
/// <param name="Unit">The unit.</param>
public readonly record struct ImageResolution(double Horizontal, double Vertical, ResolutionUnit Unit)
{
    const double CentimetersPerInch = 2.54;

    /// <summary>The same density in another unit. To or from <see cref="ResolutionUnit.None"/> the numbers stay.</summary>
    public ImageResolution In(ResolutionUnit unit)
    {
        if (unit == Unit || unit == ResolutionUnit.None || Unit == ResolutionUnit.None) return this with { Unit = unit };
        double factor = PerInch(Unit) / PerInch(unit);
        return new(Horizontal * factor, Vertical * factor, unit);
    }

    // What one pixel per unit is in pixels per inch.
    static double PerInch(ResolutionUnit unit) => unit switch
    {
        ResolutionUnit.Centimeter => CentimetersPerInch,
        ResolutionUnit.Meter => CentimetersPerInch / 100,
        _ => 1,
    };
}
