namespace PgpSr.Imaging.Codecs.Bmp;

/// <summary>
/// Run-length encoding of 4, 8 and 24 bits: a count and a value, or zero and a command: end of row (0), end of picture (1), a step right and up (2),
/// or that many values as they are, padded to 16 bits. Pixels that are stepped over stay 0.
/// </summary>
static class BmpRle
{
    const byte EndOfRow = 0, EndOfPicture = 1, Step = 2;

    /// <summary>Decodes rows in the order they are stored; answers whether runs had to be cut at the picture's edge.</summary>
    public static bool Decode(ReadOnlySpan<byte> data, int bits, int width, int height, Span<byte> destination)
    {
        int at = 0, x = 0, y = 0, sample = bits == 24 ? 3 : 1;
        bool cut = false;
        while (y < height)
        {
            if (at + 2 > data.Length)
            {
                // Without an end mark the picture is whole when its last row is.
                if (y == height - 1 && x >= width) return cut;
                Throw.Truncated("the pixels");
            }
            int count = data[at], command = data[at + 1];
            if (count > 0)
            {
                int length = bits == 24 ? 3 : 1;
                if (at + 1 + length > data.Length) Throw.Truncated("the pixels");
                Write(data.Slice(at + 1, length), bits, repeat: true, count, destination);
                at += 1 + length;
                continue;
            }
            at += 2;
            switch (command)
            {
                case EndOfRow:
                    x = 0;
                    y++;
                    break;
                case EndOfPicture:
                    return cut;
                case Step:
                    if (at + 2 > data.Length) Throw.Truncated("the pixels");
                    x += data[at];
                    y += data[at + 1];
                    at += 2;
                    break;
                default:
                    int bytes = (command * bits + 7) / 8;
                    // The padding of the last values may be missing at the file's end.
                    if (at + bytes > data.Length) Throw.Truncated("the pixels");
                    Write(data.Slice(at, bytes), bits, repeat: false, command, destination);
                    at += (bytes + 1) / 2 * 2;
                    break;
            }
        }
        return cut;

        void Write(ReadOnlySpan<byte> values, int bits, bool repeat, int count, Span<byte> destination)
        {
            for (int i = 0; i < count; i++, x++)
            {
                if (x >= width)
                {
                    cut = true;
                    continue;
                }
                int to = (y * width + x) * sample;
                if (bits == 24) values.Slice(repeat ? 0 : 3 * i, 3).CopyTo(destination[to..]);
                else if (bits == 8) destination[to] = values[repeat ? 0 : i];
                else destination[to] = (byte)(values[repeat ? 0 : i / 2] >> (i % 2 == 0 ? 4 : 0) & 15);
            }
        }
    }
}
