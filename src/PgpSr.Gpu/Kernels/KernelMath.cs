using ILGPU;
using ILGPU.Algorithms;
using PgpSr.Tensors;

namespace PgpSr.Gpu;

/// <summary>
/// Exponential and activations as kernels compute them: the same instructions on every device, because drivers' own exponentials differ by up to
/// 100 ulp for large arguments (<c>ex2.approx</c> of a rounded product). NaN in is NaN out.
/// </summary>
static class KernelMath
{
    /// <summary>
    /// e^x within 2 ulp, 0 below -104 and infinity above 89. x = n ln 2 + r (Cody and Waite), e^x = 2^n e^r by its Taylor-like polynomial.
    /// </summary>
    public static float Exp(float x)
    {
        // Both ends have reached 0 and infinity. NaN passes: every comparison with it is false. (As a statement, "if (x > 89)" is compiled to the
        // opposite comparison, which ILGPU writes to OpenCL without its "or unordered".)
        x = x > 89f ? 89f : x;
        x = x < -104f ? -104f : x;
        float t = x * 1.442695041f; // 1 / ln 2
        // Rounded to nearest by adding and subtracting 1.5 * 2^23; |t| < 151.
        float n = (t + 12582912f) - 12582912f;
        float r = x - n * 0.693359375f; // ln 2 = 0.693359375 - 2.1219444e-4; the first has 10 bits, so the product is exact
        r += n * 2.12194440e-4f;
        // Minimax on |r| <= ln 2 / 2, error 0.06 ulp (the coefficients of the CPU backend, whose tests hold them).
        float p = 1.3866696e-3f * r + 8.367571e-3f;
        p = p * r + 4.1667204e-2f;
        p = p * r + 0.16666533f;
        p = p * r + 0.5f;
        p = p * (r * r) + r;
        // 2^n in two factors, because n reaches -151 and 129.
        int whole = (int)n;
        int half = whole >> 1;
        return (p + 1f) * PowerOfTwo(half) * PowerOfTwo(whole - half);
    }

    public static float Silu(float x)
    {
        float e = Exp(-Abs(x));
        return (x < 0f ? x * e : x) / (1f + e);
    }

    /// <summary>x * sigmoid(1.702 x).</summary>
    public static float QuickGelu(float x)
    {
        float e = Exp(Abs(x) * -1.702f);
        return (x < 0f ? x * e : x) / (1f + e);
    }

    /// <summary>
    /// x/2 (1 + erf(x / sqrt 2)) = max(x, 0) - t T(t), with t = |x| and the normal tail T(t) = e^(-t^2/2) S(v) / (t + 3.5), S a polynomial in
    /// v = (t - 3.5) / (t + 3.5) (Shepherd and Laframboise 1981; coefficients of the CPU backend).
    /// </summary>
    public static float Gelu(float x)
    {
        float t = Abs(x);
        t = t > 15f ? 15f : t; // T(15) is 0 in float32
        float u = 1f / (t + 3.5f);
        float v = (t - 3.5f) * u;
        float s = 9.682063e-5f * v + 4.0804246e-4f;
        s = s * v - 4.773163e-4f;
        s = s * v - 3.1589388e-3f;
        s = s * v + 6.484947e-3f;
        s = s * v + 1.7400207e-2f;
        s = s * v - 0.11605147f;
        s = s * v + 0.3154258f;
        s = s * v - 0.565561831f;
        s = s * v + 0.744416058f;
        return (x < 0f ? 0f : x) - t * u * s * Exp(-0.5f * (t * t));
    }

    /// <summary>One of <see cref="Activation"/>; the same for a whole grid, so the branches cost no divergence.</summary>
    public static float Activate(float x, int activation)
    {
        if (activation == (int)Activation.Silu) return Silu(x);
        if (activation == (int)Activation.Gelu) return Gelu(x);
        if (activation == (int)Activation.QuickGelu) return QuickGelu(x);
        if (activation == (int)Activation.Relu) return x < 0f ? 0f : x;
        if (activation == (int)Activation.LeakyRelu) return x < 0f ? 0.2f * x : x;
        return x;
    }

    public static float Abs(float x) => Interop.IntAsFloat(Interop.FloatAsInt(x) & 0x7fffffffu);

    public static float Sqrt(float x) => XMath.Sqrt(x);

    /// <summary>The larger; NaN only if b is.</summary>
    public static float Max(float a, float b) => a > b ? a : b;

    static float PowerOfTwo(int n) => Interop.IntAsFloat((uint)(n + 127) << 23);
}
