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
