using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Conformance;

/// <summary>Real Fourier transforms and the phase exchange.</summary>
public abstract class FftConformance(BackendFixture fixture) : BackendConformance(fixture)
{
    /// <summary>Lengths of every kind: powers of two, small factors, primes that need another algorithm.</summary>
    public static TheoryData<int, int, int> Sizes() => new()
    {
        { 1, 1, 1 }, { 1, 2, 3 }, { 2, 1, 3 }, { 1, 9, 2 }, { 13, 1, 5 }, { 3, 5, 7 }, { 8, 8, 16 }, { 4, 6, 17 }, { 7, 12, 33 }, { 16, 24, 4 },
            { 31, 17, 3 },
        { 30, 32, 2 }, { 15, 28, 5 }, { 64, 64, 1 }, { 37, 41, 1 }, { 5, 97, 2 }, { 11, 22, 2 }, { 26, 25, 3 }, { 45, 50, 1 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Forward(int height, int width, int channels) =>
        Compare(Bound(height, width, Math.Sqrt(height * width)), ws => ws.RealFft2d(Map(ws, 1, new Shape(2, height, width, channels))));

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Inverse_of_any_spectrum(int height, int width, int channels) =>
        Compare(Bound(height, width, 2 / Math.Sqrt(height * width)), ws =>
            ws.InverseRealFft2d(Map(ws, 2, new Shape(2, height, width / 2 + 1, 2, channels)), width));

    [Theory]
    [MemberData(nameof(Sizes))]
    public void There_and_back(int height, int width, int channels)
    {
        var shape = new Shape(2, height, width, channels);
        var bound = Bound(height, width, 1);
        Allowed(bound).Assert(
            Fixture.Name, Stored(new SeededData(1).Uniform(shape.Count)), Run(ws => ws.InverseRealFft2d(ws.RealFft2d(Map(ws, 1, shape)), width)));
    }

    [Theory]
    [InlineData(6, 7, 5)]
    [InlineData(8, 8, 3)]
    public void Views_at_odd_offsets_and_nothing_written_around_the_result(int height, int width, int channels)
    {
        Shape map = new(2, height, width, channels), spectrum = new(2, height, width / 2 + 1, 2, channels);
        Compare(Bound(height, width, Math.Sqrt(height * width)), ws =>
        {
            var x = Offset(ws, new SeededData(3).Uniform(map.Count), map);
            return Guarded(ws, spectrum, y => ws.Backend.RealFft2d(x, y));
        });
        Compare(Bound(height, width, 2 / Math.Sqrt(height * width)), ws =>
        {
            var x = Offset(ws, new SeededData(3).Uniform(spectrum.Count), spectrum);
            return Guarded(ws, map, y => ws.Backend.InverseRealFft2d(x, y));
        });
    }

    [Fact]
    public void A_NaN_fills_its_channel_and_no_other()
    {
        var y = Run(ws =>
        {
            var x = new SeededData(4).Uniform(2 * 6 * 8 * 19);
            x[((6 + 3) * 8 + 5) * 19 + 17] = float.NaN;
            return ws.RealFft2d(ws.Upload(x, new Shape(2, 6, 8, 19)));
        });
        for (int i = 0; i < y.Length; i++) Assert.True(float.IsNaN(y[i]) == (i >= y.Length / 2 && i % 19 == 17), $"[{i}] = {y[i]}");
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(6, 5)]
    [InlineData(9, 33)]
    public void Phases_of_two_spectra_are_exchanged(int rows, int channels)
    {
        foreach (bool second in new[] { false, true })
        {
            foreach (bool inPlace in new[] { false, true })
            {
                Compare(new Tolerance(16 * Tolerance.UnitRoundoff * 1.5), ws =>
                {
                    var u = Spectrum(ws, 5, rows, channels);
                    var v = Spectrum(ws, 6, rows, channels);
                    var toU = inPlace ? u : ws.Rent(u.Shape);
                    var toV = inPlace ? v : ws.Rent(u.Shape);
                    ws.Backend.ExchangePhases(u, v, toU, toV);
                    return second ? toV : toU;
                });
            }
        }
    }

    [Theory]
    [InlineData(0, 0, 3, 4)]
    [InlineData(3, 4, 0, 0)]
    [InlineData(0, 0, 0, 0)]
    [InlineData(-3, 0, 0, -0.0)]
    [InlineData(1e15, 1e14, 1e-15, 2e-15)]
    public void A_bin_of_no_amplitude_has_phase_zero(double uRe, double uIm, double vRe, double vIm)
    {
        foreach (bool second in new[] { false, true })
        {
            Compare(new Tolerance(0, 16 * Tolerance.UnitRoundoff), ws =>
            {
                var u = ws.Upload([(float)uRe, (float)uIm], new Shape(1, 1, 1, 2, 1));
                var v = ws.Upload([(float)vRe, (float)vIm], new Shape(1, 1, 1, 2, 1));
                ws.Backend.ExchangePhases(u, v, u, v);
                return second ? v : u;
            });
        }
    }

    [Theory]
    [InlineData(1, 1, 3)]
    [InlineData(1, 9, 2)]
    [InlineData(8, 8, 5)]
    [InlineData(15, 28, 3)]
    [InlineData(31, 17, 2)]
    [InlineData(20, 16, 33)]
    public void Phases_of_two_maps_are_exchanged(int height, int width, int channels)
    {
        foreach (bool second in new[] { false, true })
        {
            // A bin's phase is as exact as its amplitude is far from zero: of H W random bins the smallest is about 1/sqrt(H W) of the mean.
            Compare(Bound(height, width, 4 * Math.Sqrt(height * width)), ws =>
            {
                var shape = new Shape(2, height, width, channels);
                var (u, v) = ws.PhaseExchange(Map(ws, 7, shape), Map(ws, 8, shape));
                return second ? v : u;
            });
        }
    }

    [Fact]
    public void A_fused_exchange_may_write_over_its_sources()
    {
        using var backend = Fixture.Create();
        var shape = new Shape(2, 12, 10, 7);
        foreach (bool second in new[] { false, true })
        {
            var expected = Reference(ws =>
            {
                var (u, v) = ws.PhaseExchange(Map(ws, 7, shape), Map(ws, 8, shape));
                return second ? v : u;
            });
            var actual = Run(ws =>
            {
                Tensor u = Map(ws, 7, shape), v = Map(ws, 8, shape);
                ws.Backend.PhaseExchange(u, v, u, v);
                return second ? v : u;
            });
            var bound = Bound(12, 10, 4 * Math.Sqrt(120));
            Allowed(bound).Assert(Fixture.Name, expected, actual);
        }
    }

    // The error of a transform of n values grows with log n and with the size of what comes out (Higham 2002, section 24.1); the factor covers
    // transforms of prime length by convolution, which are three transforms of at least twice the length.
    static Tolerance Bound(int height, int width, double size) =>
        new(16 * Tolerance.UnitRoundoff * Math.Log2(2.0 * height * width + 2) * Math.Max(size, 1));

    static Tensor Map(Workspace ws, int seed, Shape shape) => ws.Upload(new SeededData(seed).Uniform(shape.Count), shape);

    static Tensor Spectrum(Workspace ws, int seed, int rows, int channels)
    {
        var shape = new Shape(1, 1, rows, 2, channels);
        return Offset(ws, new SeededData(seed).Uniform(shape.Count), shape, seed % 4);
    }
}
