using System.Runtime.CompilerServices;

namespace PgpSr.Cpu;

/// <summary>A plain product of two matrices on one worker, for algorithms that bring their own threads and blocking.</summary>
static unsafe class GemmProduct<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>c[rows, outputs] = a[rows, k] * panels[k, outputs].</summary>
    /// <param name="rows">Rows of a; keep rows * k within an L2 cache, for each panel reads them again.</param>
    /// <param name="k">Inner size; k * <see cref="GemmMicrokernel{TLanes}.Columns"/> floats are reused from the L2 cache.</param>
    /// <param name="outputs">Columns.</param>
    /// <param name="a">Rows of k floats.</param>
    /// <param name="aStride">Floats from one row of a to the next.</param>
    /// <param name="panels">Laid out by <see cref="GemmPanels{TLanes}"/>.</param>
    /// <param name="c">Rows with room for <see cref="GemmPanels{TLanes}.Padded"/> floats: whole vectors are written.</param>
    /// <param name="cStride">Floats from one row of c to the next.</param>
    [SkipLocalsInit]
    public static void Multiply(int rows, int k, int outputs, float* a, nint aStride, float* panels, float* c, nint cStride)
    {
        float** table = stackalloc float*[GemmMicrokernel<TLanes>.Rows];
        int count = GemmPanels<TLanes>.Count(outputs);
        for (int panel = 0; panel < count; panel++)
        {
            float* b = panels + GemmPanels<TLanes>.Start(k, panel);
            int vectors = GemmPanels<TLanes>.Vectors(outputs, panel);
            float* columns = c + panel * GemmMicrokernel<TLanes>.Columns;
            for (int row = 0; row < rows; row += GemmMicrokernel<TLanes>.Rows)
            {
                int tile = Math.Min(GemmMicrokernel<TLanes>.Rows, rows - row);
                for (int r = 0; r < tile; r++) table[r] = a + (row + r) * aStride;
                GemmMicrokernel<TLanes>.Run(table, 1, 0, k, b, tile, vectors, GemmSum.Start, columns + row * cStride, cStride);
            }
        }
    }
}
