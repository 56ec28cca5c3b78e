namespace PgpSr.Imaging;

/// <summary>Patches XMP packets (ISO 16684-1), which may say the orientation a second time.</summary>
static class Xmp
{
    static ReadOnlySpan<byte> Orientation => "tiff:Orientation"u8;

    /// <summary>A copy whose <c>tiff:Orientation</c>, as attribute or element, is 1: the packet of a picture whose pixels were turned
    /// upright.</summary>
    public static byte[] Upright(ReadOnlySpan<byte> xmp)
    {
        byte[] copy = xmp.ToArray();
        for (int at = 0, found; (found = copy.AsSpan(at).IndexOf(Orientation)) >= 0;)
        {
            at += found + Orientation.Length;
            bool closing = at > Orientation.Length && copy[at - Orientation.Length - 1] == (byte)'/';
            int value = closing ? -1 : ValueAfter(copy, at);
            if (value >= 0)
                copy[value] = (byte)'1';
        }
        return copy;
    }

    // ="6", ='6' or >6<, with spaces between; the values are single digits (TIFF 6.0, Orientation).
    static int ValueAfter(ReadOnlySpan<byte> xmp, int at)
    {
        at = SkipSpaces(xmp, at);
        if (at < xmp.Length && xmp[at] == (byte)'=')
        {
            at = SkipSpaces(xmp, at + 1);
            if (at >= xmp.Length || xmp[at] is not ((byte)'"' or (byte)'\''))
                return -1;
        }
        else if (at >= xmp.Length || xmp[at] != (byte)'>')
        {
            return -1;
        }
        at = SkipSpaces(xmp, at + 1);
        return at + 1 < xmp.Length && xmp[at] is >= (byte)'1' and <= (byte)'8' && !char.IsAsciiDigit((char)xmp[at + 1]) ? at : -1;
    }

    static int SkipSpaces(ReadOnlySpan<byte> xmp, int at)
    {
        while (at < xmp.Length && xmp[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            at++;
        return at;
    }
}
