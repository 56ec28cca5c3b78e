using System.Runtime.CompilerServices;
using PgpSr.Cpu;

namespace PgpSr.Training;

/// <summary>
/// Gradient of a 3x3 convolution's weights, by the adjoints of <see cref="WinogradTransform{TLanes}"/>'s maps: y = At [(G g Gt) * (Bt d B)] A, so
/// dg = Gt [sum over tiles of (Bt d B) * (A dy At)] G. 36 products of matrices over all tiles, a quarter of the definition's multiply-adds.
/// </summary>
static unsafe class WinogradGradient<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    const int Products = WinogradTransform<TLanes>.Products, Inputs = WinogradTransform<TLanes>.Inputs, Outputs = WinogradTransform<TLanes>.Outputs;
    const float A = WinogradTransform<TLanes>.A, A2 = WinogradTransform<TLanes>.A2, B = WinogradTransform<TLanes>.B, B2 = WinogradTransform<TLanes>.B2;
    const float ScaleZero = (float)WinogradTransform<TLanes>.ScaleZero, ScaleA = (float)WinogradTransform<TLanes>.ScaleA, ScaleB = (float)WinogradTransform<TLanes>.ScaleB;

    // Transformed maps of 64 to 64 channels take 1.2 MB then; with 256 tiles a third more time (Zen 3, 512 KB of second-level cache).
    const int StripTiles = 64;

    // Tiles that a worker transforms at once.
    const int ItemTiles = 4;

    // Of a register tile of products: 8 sums, as many as the latency of two multiply-adds a cycle hides.
    const int Rows = 4, Vectors = 2;

    /// <summary>dw [outputs, inputs, 3, 3] of maps [count, height, width, channels]; outputs a multiple of two vectors, inputs of one and of 4.</summary>
    public static void Run(float* x, float* dy, int count, int height, int width, int inputs, int outputs, float* dw, WorkerPool pool, Scratch scratch)
    {
        int tilesX = (width + Outputs - 1) / Outputs, tilesY = (height + Outputs - 1) / Outputs, tiles = checked(count * tilesX * tilesY);
        nint vStride = WinogradPlan.Stride((long)StripTiles * inputs), dStride = WinogradPlan.Stride((long)StripTiles * outputs);
        nint uStride = WinogradPlan.Stride((long)inputs * outputs);
        int zeros = Math.Max(inputs, outputs);
        float* shared = (float*)scratch.Shared((zeros + Products * ((long)vStride + dStride + uStride)) * sizeof(float));
        float* v = shared + zeros, d = v + Products * vStride, u = d + Products * dStride;
        new Span<float>(shared, zeros).Clear();
        var maps = new Maps(x, dy, height, width, tilesX, tilesY, inputs, outputs);
        for (int first = 0; first < tiles; first += StripTiles)
        {
            int strip = Math.Min(StripTiles, tiles - first);
            var transforms = new Transforms(maps, inputs, outputs, first, strip, shared, v, vStride, d, dStride);
            pool.Run(ref transforms, (strip + ItemTiles - 1) / ItemTiles, CancellationToken.None);
            var sums = new Sums(inputs, outputs, strip, first > 0, v, vStride, d, dStride, u, uStride);
            pool.Run(ref sums, Products, CancellationToken.None);
        }
        var weights = new Weights(inputs, outputs, u, uStride, dw);
        pool.Run(ref weights, inputs, CancellationToken.None);
    }

    readonly struct Maps(float* x, float* dy, int height, int width, int tilesX, int tilesY, int inputs, int outputs)
    {
        public void Input(int tile, float* zeros, float** pixels) => Pixels(x, inputs, tile, WinogradTransform<TLanes>.Inputs, 1, zeros, pixels);

        public void Gradient(int tile, float* zeros, float** pixels) => Pixels(dy, outputs, tile, WinogradTransform<TLanes>.Outputs, 0, zeros, pixels);

        // Pointers to a square of pixels, row by row; to zeros outside the map.
        void Pixels(float* map, int channels, int tile, int side, int border, float* zeros, float** pixels)
        {
            int top = tile / tilesX % tilesY * WinogradTransform<TLanes>.Outputs - border, left = tile % tilesX * WinogradTransform<TLanes>.Outputs - border;
            float* image = map + (long)(tile / tilesX / tilesY) * height * width * channels;
            for (int i = 0; i < side; i++)
                for (int j = 0; j < side; j++)
                    pixels[i * side + j] = (uint)(top + i) < (uint)height && (uint)(left + j) < (uint)width ? image + ((long)(top + i) * width + left + j) * channels : zeros;
        }
    }

    // V[36][tile][input] = Bt d B and D[36][tile][output] = A dy At.
    readonly struct Transforms(Maps maps, int inputs, int outputs, int first, int strip, float* zeros, float* v, nint vStride, float* d, nint dStride) : IParallelWork
    {
        [SkipLocalsInit]
        public void Run(int item, int worker)
        {
            float** pixels = stackalloc float*[Products];
            int end = Math.Min((item + 1) * ItemTiles, strip);
            for (int tile = item * ItemTiles; tile < end; tile++)
            {
                maps.Input(first + tile, zeros, pixels);
                WinogradTransform<TLanes>.Input(pixels, 0, inputs, v + (nint)tile * inputs, vStride);
                maps.Gradient(first + tile, zeros, pixels);
                Gradient(pixels, outputs, d + (nint)tile * outputs, dStride);
            }
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Gradient(float** pixels, int channels, float* d, nint dStride)
    {
        int lanes = TLanes.Count;
        float* half = stackalloc float[Inputs * Outputs * 16];
        for (int c = 0; c < channels; c += lanes)
        {
            for (int j = 0; j < Outputs; j++)
                GradientLine(TLanes.Load(pixels[j] + c), TLanes.Load(pixels[Outputs + j] + c), TLanes.Load(pixels[2 * Outputs + j] + c), TLanes.Load(pixels[3 * Outputs + j] + c),
                    half + j * lanes, Outputs * lanes);
            for (int i = 0; i < Inputs; i++)
            {
                float* row = half + i * Outputs * lanes;
                GradientLine(TLanes.Load(row), TLanes.Load(row + lanes), TLanes.Load(row + 2 * lanes), TLanes.Load(row + 3 * lanes), d + i * Inputs * dStride + c, dStride);
            }
        }
    }

    // A's rows; opposite points share the even part.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void GradientLine(TLanes y0, TLanes y1, TLanes y2, TLanes y3, float* line, nint stride)
    {
        TLanes.Store(y0 * TLanes.Broadcast(ScaleZero), line);
        TLanes even = TLanes.Broadcast(ScaleA) * TLanes.MultiplyAdd(y2, TLanes.Broadcast(A2), y0), odd = TLanes.Broadcast(A * ScaleA) * TLanes.MultiplyAdd(y3, TLanes.Broadcast(A2), y1);
        TLanes.Store(even + odd, line + stride);
        TLanes.Store(even - odd, line + 2 * stride);
        even = TLanes.Broadcast(ScaleB) * TLanes.MultiplyAdd(y2, TLanes.Broadcast(B2), y0);
        odd = TLanes.Broadcast(B * ScaleB) * TLanes.MultiplyAdd(y3, TLanes.Broadcast(B2), y1);
        TLanes.Store(even + odd, line + 3 * stride);
        TLanes.Store(even - odd, line + 4 * stride);
        TLanes.Store(y3, line + 5 * stride);
    }

    // U[f][input][output] (+)= sum over tiles of V[f][tile][input] D[f][tile][output].
    readonly struct Sums(int inputs, int outputs, int strip, bool add, float* v, nint vStride, float* d, nint dStride, float* u, nint uStride) : IParallelWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int item, int worker)
        {
            for (int column = 0; column < outputs; column += Vectors * TLanes.Count)
                for (int row = 0; row < inputs; row += Rows)
                    Tile(v + item * vStride + row, d + item * dStride + column, u + item * uStride + (nint)row * outputs + column);
        }

        void Tile(float* a, float* b, float* c)
        {
            int lanes = TLanes.Count;
            TLanes c00 = TLanes.Zero, c01 = TLanes.Zero, c10 = TLanes.Zero, c11 = TLanes.Zero, c20 = TLanes.Zero, c21 = TLanes.Zero, c30 = TLanes.Zero, c31 = TLanes.Zero;
            if (add)
            {
                (c00, c01) = (TLanes.Load(c), TLanes.Load(c + lanes));
                (c10, c11) = (TLanes.Load(c + outputs), TLanes.Load(c + outputs + lanes));
                (c20, c21) = (TLanes.Load(c + 2 * outputs), TLanes.Load(c + 2 * outputs + lanes));
                (c30, c31) = (TLanes.Load(c + 3 * outputs), TLanes.Load(c + 3 * outputs + lanes));
            }
            for (int tile = 0; tile < strip; tile++, a += inputs, b += outputs)
            {
                TLanes b0 = TLanes.Load(b), b1 = TLanes.Load(b + lanes), x = TLanes.Broadcast(a[0]);
                c00 = TLanes.MultiplyAdd(x, b0, c00);
                c01 = TLanes.MultiplyAdd(x, b1, c01);
                x = TLanes.Broadcast(a[1]);
                c10 = TLanes.MultiplyAdd(x, b0, c10);
                c11 = TLanes.MultiplyAdd(x, b1, c11);
                x = TLanes.Broadcast(a[2]);
                c20 = TLanes.MultiplyAdd(x, b0, c20);
                c21 = TLanes.MultiplyAdd(x, b1, c21);
                x = TLanes.Broadcast(a[3]);
                c30 = TLanes.MultiplyAdd(x, b0, c30);
                c31 = TLanes.MultiplyAdd(x, b1, c31);
            }
            TLanes.Store(c00, c);
            TLanes.Store(c01, c + lanes);
            TLanes.Store(c10, c + outputs);
            TLanes.Store(c11, c + outputs + lanes);
            TLanes.Store(c20, c + 2 * outputs);
            TLanes.Store(c21, c + 2 * outputs + lanes);
            TLanes.Store(c30, c + 3 * outputs);
            TLanes.Store(c31, c + 3 * outputs + lanes);
        }
    }

    // dg = Gt u G for one input and all outputs, to where libtorch has them.
    readonly struct Weights(int inputs, int outputs, float* u, nint uStride, float* dw) : IParallelWork
    {
        const int Side = 3;

        [SkipLocalsInit]
        public void Run(int item, int worker)
        {
            float* half = stackalloc float[Side * Inputs], taps = stackalloc float[Side * Side];
            for (int o = 0; o < outputs; o++)
            {
                float* from = u + (nint)item * outputs + o;
                for (int j = 0; j < Inputs; j++) Line(from + j * uStride, Inputs * uStride, half + j, Inputs);
                for (int i = 0; i < Side; i++) Line(half + i * Inputs, 1, taps + i * Side, 1);
                new ReadOnlySpan<float>(taps, Side * Side).CopyTo(new Span<float>(dw + ((long)o * inputs + item) * Side * Side, Side * Side));
            }
        }

        static void Line(float* u, nint stride, float* g, nint gStride)
        {
            float u1 = u[stride], u2 = u[2 * stride], u3 = u[3 * stride], u4 = u[4 * stride];
            g[0] = u[0] + (u1 + u2) + (u3 + u4);
            g[gStride] = A * (u1 - u2) + B * (u3 - u4);
            g[2 * gStride] = A2 * (u1 + u2) + B2 * (u3 + u4) + u[5 * stride];
        }
    }
}
