namespace PgpSr.Imaging;

/// <summary>What black and white are as floats.</summary>
enum PixelRange
{
    /// <summary>Black 0, white 1.</summary>
    ZeroToOne,

    /// <summary>Black -1, white 1: what autoencoders take and give.</summary>
    MinusOneToOne,
}
