using BitMiracle.LibJpeg.Classic;

namespace PgpSr.Imaging.Codecs.Jpeg;

/// <summary>
/// The components of a JPEG as they are stored, brought to full size and RGB here: BitMiracle.LibJpeg.NET's own way is wrong where a component has
/// a third of the columns, or less than half of the rows.
/// </summary>
sealed class JpegPlanes
{
    // Steps between two samples.
    const int FractionBits = 8, One = 1 << FractionBits;

    readonly byte[][][] _planes;
    readonly Axis[] _columns, _rows;
    readonly byte[][] _lines;
    readonly bool _lumaChroma;
    readonly int _width;

    /// <summary>Whether the library's way is not to be taken for these sampling factors.</summary>
    public static bool AreNeeded(IReadOnlyList<(int Horizontal, int Vertical)> sampling)
    {
        int horizontal = sampling.Max(s => s.Horizontal), vertical = sampling.Max(s => s.Vertical);
        return sampling.Any(s => s.Horizontal == 0 || s.Vertical == 0 || horizontal % s.Horizontal != 0 || horizontal / s.Horizontal == 3
            || (vertical != s.Vertical && vertical != 2 * s.Vertical));
    }

    /// <summary>Decodes everything.</summary>
    /// <param name="jpeg">Its header read, decoding not begun.</param>
    /// <param name="sampling">Of each component.</param>
    public JpegPlanes(jpeg_decompress_struct jpeg, IReadOnlyList<(int Horizontal, int Vertical)> sampling)
    {
        _width = jpeg.Image_width;
        _lumaChroma = jpeg.Jpeg_color_space is J_COLOR_SPACE.JCS_YCbCr or J_COLOR_SPACE.JCS_YCCK;
        jpeg.Raw_data_out = true;
        jpeg.Do_fancy_upsampling = false;
        jpeg.jpeg_start_decompress();
        int horizontal = sampling.Max(s => s.Horizontal), vertical = sampling.Max(s => s.Vertical);
        int unitWidth = 8 * horizontal, unitHeight = 8 * vertical;
        int across = (jpeg.Image_width + unitWidth - 1) / unitWidth, down = (jpeg.Image_height + unitHeight - 1) / unitHeight;
        _planes = new byte[sampling.Count][][];
        for (int c = 0; c < sampling.Count; c++)
        {
            _planes[c] = new byte[down * 8 * sampling[c].Vertical][];
            for (int y = 0; y < _planes[c].Length; y++) _planes[c][y] = new byte[across * 8 * sampling[c].Horizontal];
        }
        byte[][][] unit = new byte[sampling.Count][][];
        for (int row = 0; row < down; row++)
        {
            for (int c = 0; c < unit.Length; c++) unit[c] = _planes[c][(row * 8 * sampling[c].Vertical)..((row + 1) * 8 * sampling[c].Vertical)];
            if (jpeg.jpeg_read_raw_data(unit, unitHeight) <= 0) Throw.Truncated("the pixels");
        }
        _columns = [.. sampling.Select(s => new Axis(jpeg.Image_width, s.Horizontal, horizontal))];
        _rows = [.. sampling.Select(s => new Axis(jpeg.Image_height, s.Vertical, vertical))];
        _lines = [.. sampling.Select(_ => new byte[_width])];
    }

    /// <summary>One row: gray, RGB or CMYK, interleaved.</summary>
    public void Read(int row, Span<byte> destination)
    {
        for (int c = 0; c < _planes.Length; c++) Enlarge(c, row);
        if (_lumaChroma) ToRgb(_lines[0], _lines[1], _lines[2], cmy: _planes.Length == 4);
        for (int c = 0; c < _planes.Length; c++)
            for (int x = 0; x < _width; x++) destination[x * _planes.Length + c] = _lines[c][x];
    }

    // Linear between the centers of samples (JFIF 1.02, "Spatial relationship of components").
    void Enlarge(int c, int row)
    {
        (int upper, int lower, int down) = _rows[c].At(row);
        ReadOnlySpan<byte> above = _planes[c][upper], below = _planes[c][lower];
        Span<byte> line = _lines[c];
        Axis columns = _columns[c];
        for (int x = 0; x < line.Length; x++)
        {
            (int left, int right, int across) = columns.At(x);
            int top = above[left] * (One - across) + above[right] * across, bottom = below[left] * (One - across) + below[right] * across;
            line[x] = (byte)((top * (One - down) + bottom * down + One * One / 2) >> (2 * FractionBits));
        }
    }

    // Rec. 601 (JFIF 1.02); YCCK is the same of the inks' complement.
    static void ToRgb(Span<byte> first, Span<byte> second, Span<byte> third, bool cmy)
    {
        for (int x = 0; x < first.Length; x++)
        {
            double y = first[x], blue = second[x] - 128, red = third[x] - 128;
            first[x] = Round(y + 1.402 * red);
            second[x] = Round(y - 0.344136286 * blue - 0.714136286 * red);
            third[x] = Round(y + 1.772 * blue);
            if (cmy) (first[x], second[x], third[x]) = ((byte)~first[x], (byte)~second[x], (byte)~third[x]);
        }
    }

    static byte Round(double value) => (byte)Math.Clamp(value + 0.5, 0, 255);

    /// <summary>Where a full-size position lies between the samples of a component along one axis.</summary>
    readonly struct Axis(int length, int factor, int largest)
    {
        readonly int _last = Math.Max(0, (length * factor + largest - 1) / largest - 1);

        public (int First, int Second, int Fraction) At(int position)
        {
            int center = (int)(((2L * position + 1) * factor * One / largest - One) / 2);
            int first = center >> FractionBits;
            return (Math.Clamp(first, 0, _last), Math.Clamp(first + 1, 0, _last), center & (One - 1));
        }
    }
}
