namespace PgpSr.Gpu.Gemm;

/// <summary>Four neighboring floats: one 16-byte load, and an accumulator that ILGPU keeps in four registers (arrays would go to local memory).</summary>
struct Float4
{
    public float X;
    public float Y;
    public float Z;
    public float W;

    /// <summary>c + a * b.</summary>
    public static Float4 MultiplyAdd(float a, Float4 b, Float4 c)
    {
        c.X += a * b.X;
        c.Y += a * b.Y;
        c.Z += a * b.Z;
        c.W += a * b.W;
        return c;
    }

    public static Float4 Scale(float a, Float4 b)
    {
        b.X *= a;
        b.Y *= a;
        b.Z *= a;
        b.W *= a;
        return b;
    }
}

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
