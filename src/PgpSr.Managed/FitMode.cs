namespace PgpSr.Managed;

/// <summary>What becomes of the aspect ratio where both <see cref="UpscaleOptions.Width"/> and <see cref="UpscaleOptions.Height"/> are
/// given.</summary>
public enum FitMode
{
    /// <summary>The largest size with the source's aspect ratio that fits the box.</summary>
    Inside,

    /// <summary>The smallest size with the source's aspect ratio that covers the box, cropped to the box around its center.</summary>
    Cover,

    /// <summary>Exactly the box; the aspect ratio is lost.</summary>
    Stretch,
}
