using PgpSr.Testing;

namespace PgpSr.Cpu.Tests;

/// <summary>The one-dimensional transform against its definition in double, for every kind of plan.</summary>
public sealed class LineFftTests
{
    // All codelets alone and together, squares and products of primes without a codelet, chirps, lengths of real tiles.
    public static TheoryData<int> Lengths() =>
    [
        .. Enumerable.Range(1, 80), 90, 96, 97, 100, 112, 121, 127, 128, 131, 143, 160, 169, 187, 194, 200, 211, 220, 243, 250, 256, 257, 289, 294,
        320, 337, 343, 360, 393, 400, 419, 509, 512, 521, 625, 640, 719, 720, 1000, 1024, 1031, 1201,
    ];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void The_error_grows_with_the_logarithm_of_the_length(int length)
    {
        var plan = FftPlan.Create(length);
        AssertAccurate<Lanes512>(plan);
        AssertAccurate<Lanes256>(plan);
        AssertAccurate<Lanes128>(plan);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(45)]
    [InlineData(97)]
    [InlineData(128)]
    public void The_chirp_does_every_length_too(int length) =>
        AssertAccurate<Lanes256>(FftPlan.CreateChirp(length, ChirpConvolution.InnerLength(length)));

    [Theory]
    [InlineData(211)]
    [InlineData(257)]
    [InlineData(509)]
    [InlineData(2 * 419)]
    public void A_large_prime_needs_no_chirp(int length) => AssertAccurate<Lanes256>(FftPlan.CreateMixed(length));

    [Theory]
    [InlineData(1)]
    [InlineData(12)]
    [InlineData(97)]
    [InlineData(120)]
    [InlineData(1031)]
    public void A_line_laid_out_by_its_maker_gives_the_same_bits(int length)
    {
        var plan = FftPlan.Create(length);
        var points = Points<Lanes256>(length);
        Assert.Equal(Transform<Lanes256>(plan, points, laidOut: false), Transform<Lanes256>(plan, points, laidOut: true));
    }

    [Fact]
    public void The_cache_of_plans_is_bounded_and_gives_the_same_plan_again()
    {
        Assert.Same(FftPlans.For(24), FftPlans.For(24));
        for (int length = 1; length < 300; length++)
        {
            Assert.Equal(length, FftPlans.For(length).Length);
            Assert.InRange(FftPlans.Count, 1, FftPlans.Capacity);
        }
    }

    [Fact]
    public void Plans_made_by_many_threads_at_once_are_right()
    {
        Parallel.For(0, 64, i => AssertAccurate<Lanes128>(FftPlans.For(150 + i % 8)));
    }

    // Root mean square error relative to the root mean square of the result. A stage adds about one rounding of 2^-24 to every number
    // (Higham 2002, theorem 24.2: at most log2 N (eta + gamma_4 (sqrt 2 + eta))); a sum of p products for a prime p adds sqrt(p) of them at random
    // signs, which stays below log2 for the primes that are not left to the chirp; the chirp is two transforms of two to three times the length.
    static void AssertAccurate<TLanes>(FftPlan plan)
        where TLanes : struct, ILanes<TLanes>
    {
        int length = plan.Length;
        int lanes = TLanes.Count;
        var points = Points<TLanes>(length);
        var actual = Transform<TLanes>(plan, points, laidOut: false);
        double error = 0;
        double norm = 0;
        // Two lanes: the first and the last. That lanes do not mix is seen by their data being different.
        foreach (int lane in new[] { 0, lanes - 1 })
        {
            for (int k = 0; k < length; k++)
            {
                double re = 0;
                double im = 0;
                for (int n = 0; n < length; n++)
                {
                    var (sine, cosine) = Roots(length)[(long)n * k % length];
                    double a = points[2 * n * lanes + lane];
                    double b = points[(2 * n + 1) * lanes + lane];
                    re += a * cosine - b * sine;
                    im += a * sine + b * cosine;
                }
                double errorRe = actual[2 * k * lanes + lane] - re;
                double errorIm = actual[(2 * k + 1) * lanes + lane] - im;
                error += errorRe * errorRe + errorIm * errorIm;
                norm += re * re + im * im;
            }
        }
        double bound = (plan.Chirp is null ? 1 : 3) * Tolerance.UnitRoundoff * (1 + Math.Log2(length));
        Assert.True(Math.Sqrt(error / norm) <= bound, $"{typeof(TLanes).Name}, length {length}: {Math.Sqrt(error / norm):e2}, bound {bound:e2}");
    }

    [ThreadStatic]
    static (double Sine, double Cosine)[]? s_roots;

    static (double Sine, double Cosine)[] Roots(int length)
    {
        if (s_roots?.Length == length) return s_roots;
        s_roots = [.. Enumerable.Range(0, length).Select(i => Math.SinCos(-2 * Math.PI * i / length))];
        return s_roots;
    }

    static float[] Points<TLanes>(int length)
        where TLanes : struct, ILanes<TLanes> => new SeededData(length).Normal(2L * length * TLanes.Count);

    static unsafe float[] Transform<TLanes>(FftPlan plan, float[] points, bool laidOut)
        where TLanes : struct, ILanes<TLanes>
    {
        int line = TLanes.Count;
        var result = new float[points.Length];
        var work = new float[checked((int)plan.WorkLines * line)];
        Array.Fill(work, float.NaN);
        fixed (float* from = points, scratch = work, to = result)
        {
            if (laidOut)
            {
                for (int n = 0; n < plan.Length; n++) points.AsSpan(2 * n * line, 2 * line).CopyTo(work.AsSpan(2 * plan.Positions[n] * line));
                LineFft<TLanes>.TransformLaidOut(plan, scratch, to, to + line, 2 * line);
            }
            else
            {
                LineFft<TLanes>.Transform(plan, from, from + line, 2 * line, scratch, to, to + line, 2 * line);
            }
        }
        return result;
    }
}
