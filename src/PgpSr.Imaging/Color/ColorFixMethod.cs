namespace PgpSr.Imaging;

/// <summary>How the colors of a restored picture are matched to its input.</summary>
public enum ColorFixMethod
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Mean and deviation of each channel, over the whole picture.</summary>
    AdaIn,

    /// <summary>Low frequencies (below about 1/32 of the sampling rate) of each channel.</summary>
    Wavelet,
}
