namespace PgpSr.Cpu;

/// <summary>
/// How a matrix [k, outputs] is laid out for <see cref="GemmMicrokernel{TLanes}"/>: panels of <see cref="GemmMicrokernel{TLanes}.Columns"/>
/// outputs, each with its k rows one after another. The last panel is as narrow as whole vectors allow; outputs beyond the end are zeros.
/// </summary>
static unsafe class GemmPanels<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>Panels that hold <paramref name="outputs"/> columns.</summary>
    public static int Count(int outputs) => (outputs + GemmMicrokernel<TLanes>.Columns - 1) / GemmMicrokernel<TLanes>.Columns;

    /// <summary>Outputs rounded up to whole vectors.</summary>
    public static int Padded(int outputs) => checked(outputs + TLanes.Count - 1) / TLanes.Count * TLanes.Count;

    /// <summary>Vectors of one panel: all, but for the last.</summary>
    public static int Vectors(int outputs, int panel) =>
        Math.Min(GemmMicrokernel<TLanes>.Vectors, Padded(outputs) / TLanes.Count - panel * GemmMicrokernel<TLanes>.Vectors);

    /// <summary>Elements of all panels.</summary>
    public static long Elements(long k, int outputs) => checked(k * Padded(outputs));

    /// <summary>Index of the first element of a panel.</summary>
    public static long Start(long k, int panel) => panel * k * GemmMicrokernel<TLanes>.Columns;

    /// <summary>Lays out weight[i, j] = source[i * kStride + j * outputStride].</summary>
    public static void Pack(float* source, nint kStride, nint outputStride, int k, int outputs, float* panels)
    {
        int lanes = TLanes.Count;
        for (int panel = 0; panel < Count(outputs); panel++)
        {
            int first = panel * GemmMicrokernel<TLanes>.Columns;
            int columns = Vectors(outputs, panel) * lanes, filled = Math.Min(columns, outputs - first);
            for (int i = 0; i < k; i++, panels += columns)
            {
                float* row = source + i * kStride + first * outputStride;
                for (int j = 0; j < filled; j++) panels[j] = row[j * outputStride];
                for (int j = filled; j < columns; j++) panels[j] = 0;
            }
        }
    }
}
