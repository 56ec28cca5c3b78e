namespace PgpSr.Imaging;

/// <summary>How floats become integers, after clamping.</summary>
enum PixelRounding
{
    /// <summary>To the nearest, halves to the even one (NumPy's and PyTorch's round).</summary>
    Nearest,

    /// <summary>Towards zero (torchvision's ToPILImage, which FaithDiff's color fix ends with).</summary>
    Truncate,
}
