namespace PgpSr.Managed;

/// <summary>What becomes of the aspect ratio where both <see cref="UpscaleOptions.Width"/> and <see cref="UpscaleOptions.Height"/> are
/// given.</summary>
public enum FitMode
{
    /// <summary>The largest size of the source's aspect ratio inside the box.</summary>
    Inside,

    /// <summary>The smallest size of the source's aspect ratio that covers the box, cut around its center to the box.</summary>
    Cover,

    /// <summary>Exactly the box; the aspect ratio is lost.</summary>
    Stretch,
}
