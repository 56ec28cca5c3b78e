using System.Numerics;

namespace PgpSr.Imaging;

/// <summary>
/// Double-precision Fourier transform of any length for measurements: radix 2, and Bluestein's chirp for other lengths. Forward, not scaled. Networks
/// use the backends' transforms; this one must only be right.
/// </summary>
sealed class Fft
{
    readonly int _length;
    readonly Complex[] _roots;
    readonly Complex[] _chirp = [];
    readonly Complex[] _chirpSpectrum = [];
    readonly Fft? _inner;

    public Fft(int length)
    {
        _length = length;
        if (BitOperations.IsPow2(length))
        {
            _roots = new Complex[length / 2];
            for (int i = 0; i < _roots.Length; i++) _roots[i] = Complex.FromPolarCoordinates(1, -2 * Math.PI * i / length);
            return;
        }
        _roots = [];
        // k * n = (k^2 + n^2 - (k - n)^2) / 2 turns the transform into a convolution with a chirp.
        int padded = (int)BitOperations.RoundUpToPowerOf2((uint)(2 * length - 1));
        _inner = new Fft(padded);
        _chirp = new Complex[length];
        _chirpSpectrum = new Complex[padded];
        for (int i = 0; i < length; i++)
        {
            // i^2 modulo 2 length keeps the angle small, hence exact.
            _chirp[i] = Complex.FromPolarCoordinates(1, -Math.PI * ((long)i * i % (2L * length)) / length);
            _chirpSpectrum[i] = Complex.Conjugate(_chirp[i]);
            if (i > 0) _chirpSpectrum[padded - i] = _chirpSpectrum[i];
        }
        _inner.Transform(_chirpSpectrum);
    }

    public void Transform(Span<Complex> data)
    {
        if (_inner is null) TransformRadix2(data);
        else TransformChirp(data);
    }

    void TransformChirp(Span<Complex> data)
    {
        int padded = _chirpSpectrum.Length;
        Complex[] work = new Complex[padded];
        for (int i = 0; i < _length; i++) work[i] = data[i] * _chirp[i];
        _inner!.Transform(work);
        // The inverse is the forward transform of the conjugate, conjugated.
        for (int i = 0; i < padded; i++) work[i] = Complex.Conjugate(work[i] * _chirpSpectrum[i]);
        _inner.Transform(work);
        for (int i = 0; i < _length; i++) data[i] = Complex.Conjugate(work[i]) / padded * _chirp[i];
    }

    void TransformRadix2(Span<Complex> data)
    {
        int n = _length;
        for (int i = 1, j = 0; i < n; i++)
        {
            int bit = n >> 1;
            for (; (j & bit) != 0; bit >>= 1) j ^= bit;
            j |= bit;
            if (i < j) (data[i], data[j]) = (data[j], data[i]);
        }
        for (int half = 1; half < n; half *= 2)
        {
            int stride = n / (2 * half);
            for (int start = 0; start < n; start += 2 * half)
                for (int i = 0; i < half; i++)
                {
                    Complex even = data[start + i], odd = data[start + i + half] * _roots[i * stride];
                    data[start + i] = even + odd;
                    data[start + i + half] = even - odd;
                }
        }
    }

    /// <summary>Rows, then columns, of [height, width], in place.</summary>
    public static void Transform2d(Complex[] data, int width, int height)
    {
        Fft rows = new(width), columns = new(height);
        Parallel.For(0, height, y => rows.Transform(data.AsSpan(y * width, width)));
        Parallel.For(0, width, () => new Complex[height], (x, _, column) =>
        {
            for (int y = 0; y < height; y++) column[y] = data[y * width + x];
            columns.Transform(column);
            for (int y = 0; y < height; y++) data[y * width + x] = column[y];
            return column;
        }, _ => { });
    }
}
