namespace PgpSr.Gpu.Gemm;

/// <summary>Eight rows of four accumulators.</summary>
struct Rows8
{
    public Float4 R0;
    public Float4 R1;
    public Float4 R2;
    public Float4 R3;
    public Float4 R4;
    public Float4 R5;
    public Float4 R6;
    public Float4 R7;

    /// <summary>sum + (near, far) outer columns.</summary>
    public static Rows8 MultiplyAdd(Float4 near, Float4 far, Float4 columns, Rows8 sum)
    {
        sum.R0 = Float4.MultiplyAdd(near.X, columns, sum.R0);
        sum.R1 = Float4.MultiplyAdd(near.Y, columns, sum.R1);
        sum.R2 = Float4.MultiplyAdd(near.Z, columns, sum.R2);
        sum.R3 = Float4.MultiplyAdd(near.W, columns, sum.R3);
        sum.R4 = Float4.MultiplyAdd(far.X, columns, sum.R4);
        sum.R5 = Float4.MultiplyAdd(far.Y, columns, sum.R5);
        sum.R6 = Float4.MultiplyAdd(far.Z, columns, sum.R6);
        sum.R7 = Float4.MultiplyAdd(far.W, columns, sum.R7);
        return sum;
    }
}
