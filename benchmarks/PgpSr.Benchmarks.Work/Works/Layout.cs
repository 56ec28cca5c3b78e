namespace PgpSr.Benchmarks;

/// <summary>Conversions between our channels-last arrays and the peers' layouts, outside of any measured time.</summary>
static class Layout
{
    /// <summary>Transposes [samples, rows, columns] to [samples, columns, rows].</summary>
    public static float[] Transpose(float[] values, int rows, int columns, int samples = 1)
    {
        var result = new float[values.Length];
        for (int n = 0; n < samples; n++)
        {
            ReadOnlySpan<float> source = values.AsSpan(n * rows * columns, rows * columns);
            Span<float> destination = result.AsSpan(n * rows * columns, rows * columns);
            for (int r = 0; r < rows; r++)
                for (int c = 0; c < columns; c++) destination[c * rows + r] = source[r * columns + c];
        }
        return result;
    }

    /// <summary>[samples, tokens, heads, headSize] to [samples, heads, tokens, headSize]; with the counts swapped, back.</summary>
    public static float[] SwapHeads(float[] values, int tokens, int heads, int headSize, int samples = 1)
    {
        var result = new float[values.Length];
        for (int n = 0; n < samples; n++)
            for (int t = 0; t < tokens; t++)
                for (int h = 0; h < heads; h++)
                    Array.Copy(values, ((n * tokens + t) * heads + h) * headSize, result, ((n * heads + h) * tokens + t) * headSize, headSize);
        return result;
    }
}
