using PgpSr.Conformance;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Gpu.Tests;

/// <summary>Lines too long for shared memory, of either direction.</summary>
public abstract class FourierTests(BackendFixture fixture) : BackendConformance(fixture)
{
    [Theory]
    [InlineData(3, 2050, 1)]
    [InlineData(2053, 2, 1)]
    [InlineData(1030, 3, 2)]
    public void A_long_line_there_and_back_with_phases_exchanged(int height, int width, int channels)
    {
        var shape = new Shape(1, height, width, channels);
        // As the suite's bound, but the longest of these lines is a prime: its sum has as many terms as it has values.
        var tolerance = new Tolerance(4 * Tolerance.UnitRoundoff * Math.Max(height, width) * Math.Sqrt((double)height * width));
        Compare(tolerance, ws => ws.RealFft2d(Map(ws, 1, shape)));
        Compare(new Tolerance(tolerance.Absolute * 4), ws => ws.PhaseExchange(Map(ws, 2, shape), Map(ws, 3, shape)).U);
    }

    static Tensor Map(Workspace ws, int seed, Shape shape) => ws.Upload(new SeededData(seed).Uniform(shape.Count), shape);
}

public sealed class FourierOpenCl() : FourierTests(GpuFixtures.OpenClCompiled);

public sealed class FourierCuda() : FourierTests(GpuFixtures.Cuda);
