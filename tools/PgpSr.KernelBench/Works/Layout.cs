namespace PgpSr.KernelBench;

/// <summary>Conversions between our channels-last arrays and the peers' layouts, outside of any measured time.</summary>
public static class Layout
{
    /// <summary>Transposes [rows, columns] to [columns, rows].</summary>
    public static float[] Transpose(float[] values, int rows, int columns)
    {
        ArgumentNullException.ThrowIfNull(values);
        var result = new float[values.Length];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) result[c * rows + r] = values[r * columns + c];
        return result;
    }

    /// <summary>[tokens, heads, headSize] to [heads, tokens, headSize]; with the counts swapped, back.</summary>
    public static float[] SwapHeads(float[] values, int tokens, int heads, int headSize)
    {
        ArgumentNullException.ThrowIfNull(values);
        var result = new float[values.Length];
        for (int t = 0; t < tokens; t++)
            for (int h = 0; h < heads; h++)
                Array.Copy(values, (t * heads + h) * headSize, result, (h * tokens + t) * headSize, headSize);
        return result;
    }
}
