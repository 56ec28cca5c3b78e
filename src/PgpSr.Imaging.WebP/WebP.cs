namespace PgpSr.Imaging.WebP;

/// <summary>WebP for <c>PgpSr.Imaging</c>.</summary>
public static class WebP
{
    /// <summary>Adds WebP to every reader and writer of this process. Can be called more than once.</summary>
    public static void Register() => ImageFormats.Register(new WebPCodec());
}
