namespace PgpSr.Imaging.Codecs.Gif;

/// <summary>Counts a GIF's pictures by its blocks (GIF89a specification, appendix A), without decoding them.</summary>
static class GifFrames
{
    const int HeaderLength = 13, DescriptorLength = 10;
    const byte Extension = 0x21, Picture = 0x2C;

    /// <summary>Whether a second picture follows the first. A damaged end counts as the end.</summary>
    public static bool AreSeveral(ReadOnlySpan<byte> file)
    {
        long at = HeaderLength + TableLength(file, HeaderLength - 3);
        for (int pictures = 0; at < file.Length;)
        {
            switch (file[(int)at])
            {
                case Extension:
                    at = EndOfBlocks(file, at + 2);
                    break;
                case Picture when ++pictures > 1:
                    return true;
                case Picture:
                    // A descriptor, its own colors, the code size.
                    at = EndOfBlocks(file, at + DescriptorLength + TableLength(file, at + DescriptorLength - 1) + 1);
                    break;
                default:
                    return false;
            }
        }
        return false;
    }

    /// <summary>Three bytes for each of 2^(n + 1) colors, where the flags' first bit says that there are any.</summary>
    public static int TableLength(ReadOnlySpan<byte> file, long flags) =>
        flags < file.Length && (file[(int)flags] & 0x80) != 0 ? 3 << ((file[(int)flags] & 7) + 1) : 0;

    /// <summary>Where the blocks that begin here end, after their terminator.</summary>
    public static long EndOfBlocks(ReadOnlySpan<byte> file, long at)
    {
        while (at < file.Length && file[(int)at] != 0) at += 1 + file[(int)at];
        return at + 1;
    }
}
