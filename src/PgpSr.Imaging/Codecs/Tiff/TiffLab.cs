namespace PgpSr.Imaging.Codecs.Tiff;

/// <summary>CIE L*a*b* to sRGB: to XYZ (CIE 15), adapted to D65 by Bradford's method, to linear light, to the curve of IEC 61966-2-1.</summary>
sealed class TiffLab
{
    const int CurveSteps = 1 << 14;

    // Chromaticity of D65, sRGB's white.
    const double D65X = 0.3127, D65Y = 0.3290, SameWhite = 0.001;

    // By definition of four digits.
    static readonly double[] s_bradford = [0.8951, 0.2664, -0.1614, -0.7502, 1.7135, 0.0367, 0.0389, -0.0685, 1.0296];
    static readonly double[] s_bradfordInverse = Inverse(s_bradford);

    static readonly double[] s_white = Xyz(D65X, D65Y);
    static readonly double[] s_linear = Linear();

    readonly TiffLayout _layout;
    readonly double[] _matrix;
    readonly double[] _curve = Curve();
    readonly double _whiteX, _whiteZ, _middle;

    public TiffLab(TiffLayout layout)
    {
        _layout = layout;
        (double x, double y) = layout.White;
        (_whiteX, _whiteZ) = (x / y, (1 - x - y) / y);
        bool adapted = Math.Abs(x - D65X) > SameWhite || Math.Abs(y - D65Y) > SameWhite;
        _matrix = adapted ? Multiply(s_linear, Adaptation()) : s_linear;
        // ImageMagick, the writer of Lab files that name D65, cuts a* and b* off where others round.
        _middle = !adapted && layout.Bits == 8 && layout.Model == TiffModel.Lab ? 0.5 : 0;
    }

    double[] Adaptation()
    {
        double[] from = Apply(s_bradford, [_whiteX, 1, _whiteZ]), to = Apply(s_bradford, s_white);
        return Multiply(s_bradfordInverse,
            Multiply([to[0] / from[0], 0, 0, 0, to[1] / from[1], 0, 0, 0, to[2] / from[2]], s_bradford));
    }

    // Of the brightness 1.
    static double[] Xyz(double x, double y) => [x / y, 1, (1 - x - y) / y];

    // XYZ to linear light: the primaries of BT.709 in amounts that make white together, the other way round (SMPTE RP 177).
    static double[] Linear()
    {
        double[] red = Xyz(0.64, 0.33), green = Xyz(0.30, 0.60), blue = Xyz(0.15, 0.06);
        double[] primaries = [red[0], green[0], blue[0], red[1], green[1], blue[1], red[2], green[2], blue[2]];
        double[] amounts = Apply(Inverse(primaries), s_white);
        return Inverse(Multiply(primaries, [amounts[0], 0, 0, 0, amounts[1], 0, 0, 0, amounts[2]]));
    }

    // Row i, column j: the cofactor of (j, i); indices that wrap round bring their signs with them.
    static double[] Inverse(double[] m)
    {
        double[] inverse = new double[9];
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) inverse[3 * i + j] = At(m, j + 1, i + 1) * At(m, j + 2, i + 2) - At(m, j + 1, i + 2) * At(m, j + 2, i + 1);
        double determinant = m[0] * inverse[0] + m[1] * inverse[3] + m[2] * inverse[6];
        return [.. inverse.Select(v => v / determinant)];

        static double At(double[] m, int row, int column) => m[row % 3 * 3 + column % 3];
    }

    static double[] Apply(double[] m, double[] v) => [.. Enumerable.Range(0, 3).Select(r => m[3 * r] * v[0] + m[3 * r + 1] * v[1] + m[3 * r + 2] * v[2])];

    static double[] Multiply(double[] a, double[] b) =>
        [.. Enumerable.Range(0, 9).Select(i => a[i / 3 * 3] * b[i % 3] + a[i / 3 * 3 + 1] * b[3 + i % 3] + a[i / 3 * 3 + 2] * b[6 + i % 3])];

    /// <summary>Three samples as stored to red, green and blue of 0 to <paramref name="top"/>.</summary>
    public void ToRgb(Span<uint> pixel, uint top)
    {
        (double lightness, double a, double b) = (_layout.Bits, _layout.Model) switch
        {
            (8, TiffModel.Lab) => (pixel[0] / 2.55, (sbyte)pixel[1] + _middle, (sbyte)pixel[2] + _middle),
            (8, _) => (pixel[0] / 2.55, pixel[1] - 128.0, pixel[2] - 128.0),
            (_, TiffModel.Lab) => (pixel[0] / 655.35, (short)pixel[1] / 256.0, (short)pixel[2] / 256.0),
            // 0xFF00 is white (ICC.1, encoding of version 2).
            _ => (pixel[0] / 652.8, pixel[1] / 256.0 - 128, pixel[2] / 256.0 - 128),
        };
        double fy = (lightness + 16) / 116;
        double x = _whiteX * Inverse(fy + a / 500), y = Inverse(fy), z = _whiteZ * Inverse(fy - b / 200);
        for (int c = 0; c < 3; c++) pixel[c] = Encode(_matrix[3 * c] * x + _matrix[3 * c + 1] * y + _matrix[3 * c + 2] * z, top);
    }

    static double Inverse(double f) => f > 6 / 29.0 ? f * f * f : (f - 16 / 116.0) * (108 / 841.0);

    // Steps are finer towards black, where the curve is steep: linear light is the square of the position.
    static double[] Curve()
    {
        double[] curve = new double[CurveSteps + 2];
        for (int i = 0; i < curve.Length; i++)
        {
            double linear = Math.Pow((double)i / CurveSteps, 2);
            curve[i] = linear <= 0.0031308 ? 12.92 * linear : 1.055 * Math.Pow(linear, 1 / 2.4) - 0.055;
        }
        return curve;
    }

    uint Encode(double linear, uint top)
    {
        double at = Math.Sqrt(Math.Clamp(linear, 0, 1)) * CurveSteps;
        int step = (int)at;
        double value = _curve[step] + (_curve[step + 1] - _curve[step]) * (at - step);
        return (uint)(Math.Clamp(value, 0, 1) * top + 0.5);
    }
}
