namespace PgpSr.Imaging.WebP;

/// <summary>WebP for <c>PgpSr.Imaging</c>.</summary>
public static class WebP
{
    /// <summary>From now on every reader and writer of this process knows WebP. More than one call does no harm.</summary>
    public static void Register() => ImageFormats.Register(new WebPCodec());
}
