namespace PgpSr.CommandLine.Compare;

/// <summary>An 8-bit RGB color.</summary>
readonly record struct Color(byte Red, byte Green, byte Blue)
{
    /// <summary>Writes the three bytes.</summary>
    public void CopyTo(Span<byte> pixel)
    {
        pixel[0] = Red;
        pixel[1] = Green;
        pixel[2] = Blue;
    }
}
