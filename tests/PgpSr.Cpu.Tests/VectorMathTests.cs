using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PgpSr.Cpu.Tests;

/// <summary>
/// Lane functions against double precision over the whole range of float32: every 4099th bit pattern (a prime, so that all mantissas
/// occur), that is about a million arguments, plus the neighborhood of every limit.
/// </summary>
public sealed class VectorMathTests
{
    public static TheoryData<string> Sets => [.. KernelSet.Available.Select(set => set.Name)];

    /// <summary>Whether products of multiply-adds are exact here; they are not where the instruction sets have been switched off.</summary>
    public static bool MultiplyAddIsFused { get; } =
        Vector128.MultiplyAddEstimate(Vector128.Create(1 + 1.1920929e-7f), Vector128.Create(1 + 1.1920929e-7f),
            Vector128.Create(-1 - 2.3841858e-7f))[0] != 0;

    /// <summary>A function under test, its double twin, and its bound in units of the last place at x.</summary>
    readonly record struct Case(Func<double, double> Exact, Func<double, double> Bound);

    static double Sigmoid(double x) => x < 0 ? Math.Exp(x) / (1 + Math.Exp(x)) : 1 / (1 + Math.Exp(-x));

    // Without fused multiply-adds the rounding of x^2 in the GELU's e^(-x^2/2) stays, at most half a unit of x^2 each way.
    static readonly Dictionary<string, Case> s_cases = new()
    {
        ["exp"] = new(Math.Exp, _ => 1),
        ["exp2"] = new(double.Exp2, _ => MultiplyAddIsFused ? 2 : 3),
        // The fit's 1.02e-4 of units of 2^-24 to 2^-23 of the result.
        ["exp2 coarse"] = new(double.Exp2, _ => 1.02e-4 * (1 << 24) + 2),
        ["sigmoid"] = new(Sigmoid, _ => 3),
        ["silu"] = new(x => x * Sigmoid(x), _ => 3),
        ["gelu"] = new(x => x * NormalDistribution.Cumulative(x), x => MultiplyAddIsFused ? 6 : 6 + x * x / 2),
        ["quick gelu"] = new(x => x * Sigmoid(1.702f * x), x => 4 + Math.Abs(1.702 * x)),
    };

    public static TheoryData<string, string> SetsAndFunctions =>
        [.. KernelSet.Available.SelectMany(set => s_cases.Keys.Select(name => (set.Name, name)))];

    [Theory, MemberData(nameof(SetsAndFunctions))]
    public void Lane_functions_stay_within_their_bound_over_the_whole_range(string set, string function)
    {
        float[] x = Arguments();
        float[] y = Apply(set, function, x);
        var (exact, bound) = s_cases[function];
        double worst = 0;
        int worstIndex = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double expected = exact(x[i]);
            if (Math.Abs(expected) > float.MaxValue)
            {
                Assert.True(float.IsInfinity(y[i]) || Math.Abs(y[i]) >= float.MaxValue, $"{function}({x[i]:R}) = {y[i]:R}, expected overflow");
                continue;
            }
            // A subnormal exponential has an error of half a unit of the smallest float; x multiplies it. Normal results keep to the bound.
            double subnormal = function is "exp" or "exp2" or "exp2 coarse" or "sigmoid" ? 1 : 1 + Math.Abs(x[i]);
            double tolerance = bound(x[i]) * Ulp(expected) + subnormal * float.Epsilon;
            double ratio = Math.Abs(y[i] - expected) / tolerance;
            if (!(ratio > worst) && !double.IsNaN(ratio)) continue;
            worst = ratio;
            worstIndex = i;
            if (double.IsNaN(ratio)) break;
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{function}: {worst:F3} of the bound at {x[worstIndex]:R}");
        Assert.True(worst <= 1, $"{function}({x[worstIndex]:R}) = {y[worstIndex]:R}, expected {exact(x[worstIndex]):R}: {worst:F2} times the bound");
    }

    [Theory, MemberData(nameof(Sets))]
    public void Limits_and_not_a_number_come_out_as_they_should(string set)
    {
        float[] x = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0f, -0f, 88.72283f, 88.72284f, -103.97207f, -103.97209f, -1000f,
            1000f];
        float[] exp = Apply(set, "exp", x);
        Assert.Equal([float.NaN, float.PositiveInfinity, 0f, 1f, 1f], exp[..5]);
        Assert.InRange(exp[5], 3.40278e38f, 3.40281e38f); // e^88.72283 = 3.402798e38
        Assert.Equal([float.PositiveInfinity, float.Epsilon, 0f, 0f, float.PositiveInfinity], exp[6..]);
        Assert.Equal([float.NaN, 1f, 0f, 0.5f, 0.5f], Apply(set, "sigmoid", x)[..5]);
        Assert.Equal([float.NaN, float.PositiveInfinity, float.NaN, 0f, -0f], Apply(set, "silu", x)[..5]);
        Assert.Equal([float.NaN, float.PositiveInfinity, 0f, 0f, 0f], Apply(set, "gelu", x)[..5]);
        Assert.Equal([float.NaN, float.PositiveInfinity, float.NaN, 0f, -0f], Apply(set, "quick gelu", x)[..5]);
    }

    static float[] Arguments()
    {
        var x = new List<float>();
        for (ulong bits = 0; bits <= uint.MaxValue; bits += 4099)
        {
            float value = BitConverter.UInt32BitsToSingle((uint)bits);
            if (float.IsFinite(value)) x.Add(value);
        }
        // Most bit patterns are tiny or huge; these are where the functions live.
        for (int i = -110_000; i <= 110_000; i++) x.Add(i / 1000f);
        while (x.Count % 16 != 0) x.Add(1);
        return [.. x];
    }

    static double Ulp(double value)
    {
        float magnitude = (float)Math.Abs(value);
        return Math.Max(float.Epsilon,
            magnitude >= float.MaxValue ? magnitude - MathF.BitDecrement(magnitude) : MathF.BitIncrement(magnitude) - (double)magnitude);
    }

    static float[] Apply(string set, string function, float[] x) => set switch
    {
        "v512" => Apply<Lanes512>(function, x),
        "v256" => Apply<Lanes256>(function, x),
        _ => Apply<Lanes128>(function, x),
    };

    static float[] Apply<TLanes>(string function, float[] x)
        where TLanes : struct, ILanes<TLanes> => function switch
        {
            "exp" => Map<TLanes, ExpFunction>(x),
            "exp2" => Map<TLanes, Exp2Function>(x),
            "exp2 coarse" => Map<TLanes, Exp2CoarseFunction>(x),
            "sigmoid" => Map<TLanes, SigmoidFunction>(x),
            "silu" => Map<TLanes, SiluFunction>(x),
            "gelu" => Map<TLanes, GeluFunction>(x),
            _ => Map<TLanes, QuickGeluFunction>(x),
        };

    [MethodImpl(MethodImplOptions.NoInlining)]
    static unsafe float[] Map<TLanes, TFunction>(float[] x)
        where TLanes : struct, ILanes<TLanes>
        where TFunction : ILaneFunction
    {
        int padded = (x.Length + 15) / 16 * 16;
        float[] from = new float[padded], to = new float[padded];
        x.CopyTo(from, 0);
        fixed (float* source = from, destination = to)
        {
            for (int i = 0; i < padded; i += TLanes.Count) TLanes.Store(TFunction.Apply(TLanes.Load(source + i)), destination + i);
        }
        return to[..x.Length];
    }

    readonly struct ExpFunction : ILaneFunction
    {
        public static TLanes Apply<TLanes>(TLanes x)
            where TLanes : struct, ILanes<TLanes> => VectorMath<TLanes>.Exp(x);
    }

    readonly struct Exp2Function : ILaneFunction
    {
        public static TLanes Apply<TLanes>(TLanes x)
            where TLanes : struct, ILanes<TLanes> => VectorMath<TLanes>.Exp2(x);
    }

    readonly struct Exp2CoarseFunction : ILaneFunction
    {
        public static TLanes Apply<TLanes>(TLanes x)
            where TLanes : struct, ILanes<TLanes> => VectorMath<TLanes>.Exp2Coarse(x);
    }

    readonly struct SigmoidFunction : ILaneFunction
    {
        public static TLanes Apply<TLanes>(TLanes x)
            where TLanes : struct, ILanes<TLanes> => VectorMath<TLanes>.Sigmoid(x);
    }
}
