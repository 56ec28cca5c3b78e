namespace PgpSr.Gpu.Gemm;

/// <summary>Four rows of four accumulators.</summary>
struct Rows4
{
    public Float4 R0;
    public Float4 R1;
    public Float4 R2;
    public Float4 R3;

    /// <summary>sum + rows outer columns.</summary>
    public static Rows4 MultiplyAdd(Float4 rows, Float4 columns, Rows4 sum)
    {
        sum.R0 = Float4.MultiplyAdd(rows.X, columns, sum.R0);
        sum.R1 = Float4.MultiplyAdd(rows.Y, columns, sum.R1);
        sum.R2 = Float4.MultiplyAdd(rows.Z, columns, sum.R2);
        sum.R3 = Float4.MultiplyAdd(rows.W, columns, sum.R3);
        return sum;
    }

    /// <summary>Row i times component i of <paramref name="rows"/>.</summary>
    public static Rows4 Scale(Float4 rows, Rows4 value)
    {
        value.R0 = Float4.Scale(rows.X, value.R0);
        value.R1 = Float4.Scale(rows.Y, value.R1);
        value.R2 = Float4.Scale(rows.Z, value.R2);
        value.R3 = Float4.Scale(rows.W, value.R3);
        return value;
    }
}
