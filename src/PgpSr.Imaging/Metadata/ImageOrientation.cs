namespace PgpSr.Imaging;

/// <summary>EXIF orientation (tag 0x0112): where the stored row 0 and column 0 are in the picture as it should be seen.</summary>
enum ImageOrientation
{
    /// <summary>Row 0 at the top, column 0 at the left: nothing to do.</summary>
    TopLeft = 1,

    /// <summary>Mirrored left to right.</summary>
    TopRight = 2,

    /// <summary>Turned by 180 degrees.</summary>
    BottomRight = 3,

    /// <summary>Mirrored top to bottom.</summary>
    BottomLeft = 4,

    /// <summary>Transposed.</summary>
    LeftTop = 5,

    /// <summary>To be turned clockwise by 90 degrees.</summary>
    RightTop = 6,

    /// <summary>Transposed along the other diagonal.</summary>
    RightBottom = 7,

    /// <summary>To be turned counter-clockwise by 90 degrees.</summary>
    LeftBottom = 8,
}
