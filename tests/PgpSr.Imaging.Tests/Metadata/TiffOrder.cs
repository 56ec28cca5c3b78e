namespace PgpSr.Imaging.Tests.Metadata;

/// <summary>Values of directory entries in the other byte order.</summary>
static class TiffOrder
{
    public static ExifEntry Swap(ExifEntry e)
    {
        byte[] value = (byte[])e.Value.Clone();
        bool comment = e.Tag == 0x9286;
        int unit = comment ? 2 : e.Type switch
        {
            3 or 8 => 2,
            4 or 5 or 9 or 10 => 4,
            12 or 16 => 8,
            _ => 1,
        };
        for (int i = comment ? 8 : 0; unit > 1 && i + unit <= value.Length; i += unit) value.AsSpan(i, unit).Reverse();
        return e with { Value = value };
    }
}
