using System.Runtime.CompilerServices;

namespace PgpSr.Cpu;

/// <summary>
/// The three linear maps of Winograd's minimal filtering F(4x4, 3x3) (Winograd 1980; Lavin and Gray 2016), vectorised over channels:
/// 36 products of 6x6 transformed inputs and weights give 4x4 results that take 144 products directly.
/// y = At [ (G g Gt) * (Bt d B) ] A, with Toom-Cook matrices for the points 0, ±5/8, ±3/2 and infinity.
/// </summary>
/// <remarks>
/// The points decide the rounding error. Of all pairs ±a, ±b of sixteenths, a = 5/8 and b = 3/2 amplify it least but for one with more bits
/// (the usual 0, ±1, ±2 are 2.2 times worse; see NOTEBOOK), and a pair of opposite points shares its even and odd part, so each map of six
/// values costs 12 operations. All entries of Bt and G are exact in float32: the points' divisors N are in At.
/// </remarks>
static unsafe class WinogradTransform<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>Results of a tile, in each direction.</summary>
    public const int Outputs = 4;

    /// <summary>Inputs of a tile, in each direction.</summary>
    public const int Inputs = 6;

    /// <summary>Products of a tile: matrices that are multiplied.</summary>
    public const int Products = Inputs * Inputs;

    const int MaxLanes = 16;

    public const float A = 5f / 8, A2 = A * A;
    public const float B = 3f / 2, B2 = B * B;
    const float A3 = A2 * A, B3 = B2 * B;

    // Row 0 and row infinity of Bt are the coefficients of (x^2 - a^2)(x^2 - b^2), the latter times x.
    const float Constant = A2 * B2, Linear = -(A2 + B2);

    // 1 / N, N = the product of a point's distances to all other finite points; the same for +p and -p.
    public const double ScaleZero = 1 / ((double)A2 * B2);
    public const double ScaleA = 1 / (2.0 * A2 * (A2 - B2));
    public const double ScaleB = 1 / (2.0 * B2 * (B2 - A2));

    /// <summary>v[f] = (Bt d B)[f] for a vector of channels after another.</summary>
    /// <param name="pixels">36 pointers to the channels of the tile's pixels, row by row; pixels outside the image point to zeros.</param>
    /// <param name="offset">First channel.</param>
    /// <param name="channels">Channels; the last vector is filled with zeros.</param>
    /// <param name="v">Destination of f = 0; whole vectors are written.</param>
    /// <param name="vStride">Floats from one f to the next.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Input(float** pixels, nint offset, int channels, float* v, nint vStride)
    {
        int lanes = TLanes.Count;
        float* columns = stackalloc float[Products * MaxLanes];
        TLanes a = TLanes.Broadcast(A), b = TLanes.Broadcast(B), minusA2 = TLanes.Broadcast(-A2), minusB2 = TLanes.Broadcast(-B2);
        TLanes constant = TLanes.Broadcast(Constant), linear = TLanes.Broadcast(Linear);
        for (int c = 0; c < channels; c += lanes)
        {
            int left = channels - c;
            for (int j = 0; j < Inputs; j++)
            {
                TLanes d0, d1, d2, d3, d4, d5;
                if (left >= lanes)
                {
                    d0 = TLanes.Load(pixels[j] + offset + c);
                    d1 = TLanes.Load(pixels[6 + j] + offset + c);
                    d2 = TLanes.Load(pixels[12 + j] + offset + c);
                    d3 = TLanes.Load(pixels[18 + j] + offset + c);
                    d4 = TLanes.Load(pixels[24 + j] + offset + c);
                    d5 = TLanes.Load(pixels[30 + j] + offset + c);
                }
                else
                {
                    d0 = TLanes.LoadPartial(pixels[j] + offset + c, left);
                    d1 = TLanes.LoadPartial(pixels[6 + j] + offset + c, left);
                    d2 = TLanes.LoadPartial(pixels[12 + j] + offset + c, left);
                    d3 = TLanes.LoadPartial(pixels[18 + j] + offset + c, left);
                    d4 = TLanes.LoadPartial(pixels[24 + j] + offset + c, left);
                    d5 = TLanes.LoadPartial(pixels[30 + j] + offset + c, left);
                }
                InputLine(d0, d1, d2, d3, d4, d5, a, b, minusA2, minusB2, constant, linear, columns + j * lanes, Inputs * lanes);
            }
            for (int i = 0; i < Inputs; i++)
            {
                float* row = columns + i * Inputs * lanes;
                InputLine(TLanes.Load(row), TLanes.Load(row + lanes), TLanes.Load(row + 2 * lanes), TLanes.Load(row + 3 * lanes),
                    TLanes.Load(row + 4 * lanes), TLanes.Load(row + 5 * lanes), a, b, minusA2, minusB2, constant, linear,
                    v + i * Inputs * vStride + c, vStride);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void InputLine(TLanes d0, TLanes d1, TLanes d2, TLanes d3, TLanes d4, TLanes d5, TLanes a, TLanes b, TLanes minusA2, TLanes minusB2,
        TLanes constant, TLanes linear, float* line, nint stride)
    {
        TLanes.Store(TLanes.MultiplyAdd(d0, constant, TLanes.MultiplyAdd(d2, linear, d4)), line);
        var even = TLanes.MultiplyAdd(d2, minusB2, d4);
        var odd = a * TLanes.MultiplyAdd(d1, minusB2, d3);
        TLanes.Store(even + odd, line + stride);
        TLanes.Store(even - odd, line + 2 * stride);
        even = TLanes.MultiplyAdd(d2, minusA2, d4);
        odd = b * TLanes.MultiplyAdd(d1, minusA2, d3);
        TLanes.Store(even + odd, line + 3 * stride);
        TLanes.Store(even - odd, line + 4 * stride);
        TLanes.Store(TLanes.MultiplyAdd(d1, constant, TLanes.MultiplyAdd(d3, linear, d5)), line + 5 * stride);
    }

    /// <summary>u[f] = (G g Gt)[f] for a block of inputs and a panel of outputs.</summary>
    /// <param name="taps">Weights [3 x 3, ..., columns].</param>
    /// <param name="tapStride">Floats from one tap to the next.</param>
    /// <param name="inputs">Rows of <paramref name="columns"/> floats.</param>
    /// <param name="columns">Outputs, a multiple of the lanes.</param>
    /// <param name="u">Destination of f = 0: as many rows.</param>
    /// <param name="uStride">Floats from one f to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Weight(float* taps, nint tapStride, int inputs, int columns, float* u, nint uStride)
    {
        TLanes a = TLanes.Broadcast(A), a2 = TLanes.Broadcast(A2), b = TLanes.Broadcast(B), b2 = TLanes.Broadcast(B2);
        nint count = (nint)inputs * columns;
        for (nint i = 0; i < count; i += TLanes.Count)
        {
            float* g = taps + i, row1 = g + 3 * tapStride, row2 = g + 6 * tapStride, to = u + i;
            TLanes g00 = TLanes.Load(g), g01 = TLanes.Load(g + tapStride), g02 = TLanes.Load(g + 2 * tapStride);
            TLanes g10 = TLanes.Load(row1), g11 = TLanes.Load(row1 + tapStride), g12 = TLanes.Load(row1 + 2 * tapStride);
            TLanes g20 = TLanes.Load(row2), g21 = TLanes.Load(row2 + tapStride), g22 = TLanes.Load(row2 + 2 * tapStride);
            // Down the columns of g first. Rows of G are 1 p p^2; opposite points share the even part.
            WeightLine(g00, g01, g02, a, a2, b, b2, to, uStride);
            TLanes e0 = TLanes.MultiplyAdd(g20, a2, g00), e1 = TLanes.MultiplyAdd(g21, a2, g01), e2 = TLanes.MultiplyAdd(g22, a2, g02);
            TLanes o0 = a * g10, o1 = a * g11, o2 = a * g12;
            WeightLine(e0 + o0, e1 + o1, e2 + o2, a, a2, b, b2, to + 6 * uStride, uStride);
            WeightLine(e0 - o0, e1 - o1, e2 - o2, a, a2, b, b2, to + 12 * uStride, uStride);
            e0 = TLanes.MultiplyAdd(g20, b2, g00);
            e1 = TLanes.MultiplyAdd(g21, b2, g01);
            e2 = TLanes.MultiplyAdd(g22, b2, g02);
            o0 = b * g10;
            o1 = b * g11;
            o2 = b * g12;
            WeightLine(e0 + o0, e1 + o1, e2 + o2, a, a2, b, b2, to + 18 * uStride, uStride);
            WeightLine(e0 - o0, e1 - o1, e2 - o2, a, a2, b, b2, to + 24 * uStride, uStride);
            WeightLine(g20, g21, g22, a, a2, b, b2, to + 30 * uStride, uStride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void WeightLine(TLanes g0, TLanes g1, TLanes g2, TLanes a, TLanes a2, TLanes b, TLanes b2, float* line, nint stride)
    {
        TLanes.Store(g0, line);
        var even = TLanes.MultiplyAdd(g2, a2, g0);
        var odd = a * g1;
        TLanes.Store(even + odd, line + stride);
        TLanes.Store(even - odd, line + 2 * stride);
        even = TLanes.MultiplyAdd(g2, b2, g0);
        odd = b * g1;
        TLanes.Store(even + odd, line + 3 * stride);
        TLanes.Store(even - odd, line + 4 * stride);
        TLanes.Store(g2, line + 5 * stride);
    }

    /// <summary>y = At m A for a vector of outputs after another.</summary>
    /// <param name="m">Products of f = 0, <paramref name="columns"/> floats; whole vectors.</param>
    /// <param name="mStride">Floats from one f to the next.</param>
    /// <param name="columns">Outputs, a multiple of the lanes.</param>
    /// <param name="y">4x4 results of <paramref name="columns"/> floats each, row by row.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Output(float* m, nint mStride, int columns, float* y)
    {
        int lanes = TLanes.Count;
        float* half = stackalloc float[Outputs * Inputs * MaxLanes];
        for (int c = 0; c < columns; c += lanes)
        {
            for (int j = 0; j < Inputs; j++) OutputLine(m + j * mStride + c, Inputs * mStride, half + j * lanes, Inputs * lanes);
            for (int i = 0; i < Outputs; i++) OutputLine(half + i * Inputs * lanes, lanes, y + i * Outputs * columns + c, columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void OutputLine(float* m, nint mStride, float* line, nint stride)
    {
        TLanes m1 = TLanes.Load(m + mStride), m2 = TLanes.Load(m + 2 * mStride), m3 = TLanes.Load(m + 3 * mStride), m4 = TLanes.Load(m + 4 * mStride);
        TLanes evenA = m1 + m2, oddA = m1 - m2, evenB = m3 + m4, oddB = m3 - m4;
        TLanes.Store(TLanes.MultiplyAdd(TLanes.Load(m), TLanes.Broadcast((float)ScaleZero),
            TLanes.MultiplyAdd(evenA, TLanes.Broadcast((float)ScaleA), evenB * TLanes.Broadcast((float)ScaleB))), line);
        TLanes.Store(TLanes.MultiplyAdd(oddA, TLanes.Broadcast((float)(A * ScaleA)), oddB * TLanes.Broadcast((float)(B * ScaleB))), line + stride);
        TLanes.Store(TLanes.MultiplyAdd(evenA, TLanes.Broadcast((float)(A2 * ScaleA)),
            evenB * TLanes.Broadcast((float)(B2 * ScaleB))), line + 2 * stride);
        TLanes.Store(TLanes.MultiplyAdd(oddA, TLanes.Broadcast((float)(A3 * ScaleA)),
            TLanes.MultiplyAdd(oddB, TLanes.Broadcast((float)(B3 * ScaleB)), TLanes.Load(m + 5 * mStride))), line + 3 * stride);
    }
}
