using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using PgpSr.Tensors;

namespace PgpSr.Cpu;

/// <summary>The steps of a Winograd convolution over some tiles, whatever order they are taken in.</summary>
readonly unsafe struct WinogradTiles<TLanes>(WinogradPlan plan, GemmWeight weight, ConvMaps maps, Conv2dGeometry geometry)
    where TLanes : struct, ILanes<TLanes>
{
    const int Products = WinogradTransform<TLanes>.Products, Inputs = WinogradTransform<TLanes>.Inputs, Outputs = WinogradTransform<TLanes>.Outputs;
    const int TileRows = GemmMicrokernel<TLanes>.Rows, Taps = 9;

    /// <summary>Floats that <see cref="Transform"/> widens a block of weights into; 0 for float32 weights.</summary>
    public long WideFloats => weight.Type == DType.F32 ? 0 : (Taps * (long)plan.InputBlock + 1) * GemmMicrokernel<TLanes>.Columns;

    /// <summary>Pointers to the 6x6 pixels of a tile, row by row; <paramref name="zeros"/> where it leaves the image.</summary>
    public void Pixels(int tile, float* zeros, float** pixels)
    {
        int height = maps.Height, width = maps.Width;
        int top = tile / plan.TilesX % plan.TilesY * Outputs - geometry.PadTop, left = tile % plan.TilesX * Outputs - geometry.PadLeft;
        float* image = (float*)maps.X + (long)(tile / plan.TilesX / plan.TilesY) * height * width * maps.Pitch;
        for (int i = 0; i < Inputs; i++)
        {
            bool inside = (uint)(top + i) < (uint)height;
            float* row = image + ((long)(top + i) * width + left) * maps.Pitch;
            for (int j = 0; j < Inputs; j++) pixels[i * Inputs + j] = inside && (uint)(left + j) < (uint)width ? row + (long)j * maps.Pitch : zeros;
        }
    }

    /// <summary>u[36] of a panel for <paramref name="inputs"/> channels from <paramref name="start"/> on.</summary>
    public void Transform(int panel, int start, int inputs, float* wide, float* u, nint uStride)
    {
        int columns = weight.Vectors(panel) * TLanes.Count;
        if (weight.Type != DType.F32)
        {
            GemmWidening<TLanes>.Run(weight, panel, 0, Taps, start, inputs, wide);
            WinogradTransform<TLanes>.Weight(wide, (nint)inputs * columns, inputs, columns, u, uStride);
            return;
        }
        float* taps = (float*)weight.Elements + panel * weight.PanelElements + (nint)start * columns;
        WinogradTransform<TLanes>.Weight(taps, (nint)weight.Inputs * columns, inputs, columns, u, uStride);
    }

    /// <summary>36 products of <paramref name="tiles"/> rows of transformed inputs with a panel's transformed weights, written or added to m.</summary>
    [SkipLocalsInit]
    public void Multiply(float* v, nint vStride, int tiles, int panel, int start, int inputs, float* u, nint uStride, float* m, nint mStride)
    {
        float** table = stackalloc float*[TileRows];
        int vectors = weight.Vectors(panel);
        var sum = start == 0 ? GemmSum.Start : GemmSum.Add;
        nint rowStride = plan.InputBlock, columns = vectors * TLanes.Count;
        for (int f = 0; f < Products; f++, v += vStride, u += uStride, m += mStride)
        {
            if (!plan.IsNarrow) PrefetchWeight(panel, start + inputs, inputs, f);
            for (int tile = 0; tile < tiles; tile += TileRows)
            {
                int rows = Math.Min(TileRows, tiles - tile), ahead = tile + TileRows;
                for (int r = 0; r < rows; r++) table[r] = v + (tile + r) * rowStride;
                // Rows of this length are over before the hardware has seen a stream in them: without this, 372 for 449 GFLOP/s.
                Prefetch(ahead < tiles ? v + ahead * rowStride : v + vStride, TileRows * rowStride * sizeof(float));
                GemmMicrokernel<TLanes>.Run(table, 1, 0, inputs, u, rows, vectors, sum, m + tile * columns, columns);
            }
        }
    }

    // A 36th of the weights of the next block of channels, which memory delivers while this one is multiplied: 9 % of 1280 channels at 16x16.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void PrefetchWeight(int panel, int start, int inputs, int f)
    {
        const int parts = Products / Taps;
        long row = weight.Vectors(panel) * TLanes.Count * weight.Type.Size(), part = inputs * row / parts;
        byte* elements = weight.Elements + panel * weight.PanelElements * weight.Type.Size();
        Prefetch(elements + ((long)f / parts * weight.StoredInputs + start) * row + f % parts * part, (nint)part);
    }

    // A hint: an address beyond the end is no error.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Prefetch(void* from, nint bytes)
    {
        if (!Sse.IsSupported) return;
        for (nint i = 0; i < bytes; i += NativeMemoryBlock.Alignment) Sse.Prefetch0((byte*)from + i);
    }

    /// <summary>Turns a panel's products to pixels and gives them to the epilogue.</summary>
    [SkipLocalsInit]
    public void Finish<TActivation>(int first, int tiles, int panel, float* m, nint mStride, in GemmDestination destination)
        where TActivation : struct, ILaneFunction
    {
        int vectors = weight.Vectors(panel), columns = vectors * TLanes.Count;
        float* results = stackalloc float[Outputs * Outputs * WinogradPlan.ItemColumns];
        float* bias = weight.Bias + panel * GemmMicrokernel<TLanes>.Columns;
        for (int tile = 0; tile < tiles; tile++, m += columns)
        {
            WinogradTransform<TLanes>.Output(m, mStride, columns, results);
            int index = first + tile, left = index % plan.TilesX * Outputs, top = index / plan.TilesX % plan.TilesY * Outputs;
            int rows = Math.Min(Outputs, maps.OutHeight - top), pixels = Math.Min(Outputs, maps.OutWidth - left);
            long pixel = ((long)(index / plan.TilesX / plan.TilesY) * maps.OutHeight + top) * maps.OutWidth + left;
            for (int row = 0; row < rows; row++, pixel += maps.OutWidth)
                GemmEpilogue<TLanes>.Run<TActivation>(
                    results + row * Outputs * columns, bias, pixels, vectors, false, pixel, weight.FirstOutput(panel), destination);
        }
    }
}
