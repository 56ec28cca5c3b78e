using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Conformance;

/// <summary>Activations and arithmetic of equal shapes.</summary>
public abstract class ElementwiseConformance(BackendFixture fixture) : BackendConformance(fixture)
{
    // Every length around one and two vectors of any width, and one that several threads share.
    static readonly int[] s_lengths = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 65, 20_011];

    // A few roundings of the function and of its argument; where it crosses zero, of the argument's size.
    static readonly Tolerance s_function = new(8 * Tolerance.UnitRoundoff, 16 * Tolerance.UnitRoundoff);

    [Theory]
    [InlineData(Activation.None)]
    [InlineData(Activation.Silu)]
    [InlineData(Activation.Gelu)]
    [InlineData(Activation.QuickGelu)]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.LeakyRelu)]
    public void Activations_of_any_length(Activation activation)
    {
        foreach (int length in s_lengths)
            Compare(s_function, ws => ws.Activate(ws.Upload(new SeededData(2).Uniform(length, -9, 9), new Shape(length)), activation));
    }

    [Theory]
    [InlineData(Activation.Silu)]
    [InlineData(Activation.Gelu)]
    [InlineData(Activation.QuickGelu)]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.LeakyRelu)]
    public void Activations_at_the_ends_of_the_scale(Activation activation)
    {
        float[] x = [0, -0f, 1e-30f, -1e-30f, 20, -20, 60, -60, 88, -88, 100, -100, 1000, -1000, 1e30f, -1e30f, float.PositiveInfinity, float.NaN];
        Compare(s_function, ws => ws.Activate(ws.Upload(x, new Shape(x.Length)), activation));
    }

    [Fact]
    public void Activations_in_place_at_an_odd_offset() =>
        Compare(s_function, ws =>
        {
            var x = Offset(ws, new SeededData(3).Uniform(77, -5, 5), new Shape(7, 11));
            ws.Backend.Activate(x, Activation.Silu, x);
            return x;
        });

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 48)]
    [InlineData(5, 17)]
    [InlineData(900, 64)]
    public void A_slope_for_each_channel(int rows, int channels) =>
        Compare(Tolerance.Exact, ws => ws.PRelu(
            ws.Upload(new SeededData(4).Uniform(rows * channels, -4, 4), new Shape(rows, channels)),
            ws.Upload(new SeededData(5).Uniform(channels, -0.5f, 1.5f), new Shape(channels))));

    [Fact]
    public void Slopes_in_place_at_an_odd_offset() =>
        Compare(Tolerance.Exact, ws =>
        {
            var x = Offset(ws, [.. new SeededData(3).Uniform(2 * 21, -5, 5), float.NaN, float.NegativeInfinity, 0], new Shape(3, 15));
            ws.Backend.PRelu(x, Offset(ws, new SeededData(6).Uniform(15, 0.1f, 1), new Shape(15), 1), x);
            return x;
        });

    [Fact]
    public void Sums_are_exact()
    {
        foreach (int length in s_lengths) Compare(Tolerance.Exact, ws => ws.Add(Values(ws, 5, length), Values(ws, 6, length)));
        Compare(Tolerance.Exact, ws =>
            ws.Add(ws.Upload([1, float.NaN, float.PositiveInfinity], new Shape(3)), ws.Upload([float.NaN, 1, float.NegativeInfinity], new Shape(3))));
    }

    [Fact]
    public void Sums_into_either_source()
    {
        foreach (bool first in new[] { false, true })
        {
            Compare(Tolerance.Exact, ws =>
            {
                var a = Offset(ws, new SeededData(5).Uniform(35), new Shape(35), 1);
                var b = Offset(ws, new SeededData(6).Uniform(35), new Shape(35), 2);
                ws.Backend.Add(a, b, first ? a : b);
                return first ? a : b;
            });
        }
    }

    [Fact]
    public void Combinations()
    {
        foreach (int length in s_lengths)
            Compare(new Tolerance(8 * Tolerance.UnitRoundoff * 4), ws => ws.Combine(-3.5f, Values(ws, 5, length), 0.3f, Values(ws, 6, length)));
        Compare(new Tolerance(8 * Tolerance.UnitRoundoff), ws =>
        {
            var a = Offset(ws, new SeededData(5).Uniform(35), new Shape(35), 1);
            var b = Offset(ws, new SeededData(6).Uniform(35), new Shape(35), 2);
            ws.Backend.Combine(0.1f, a, 0.9f, b, b);
            return b;
        });
    }

    [Fact]
    public void Multiples_are_exact()
    {
        foreach (int length in s_lengths) Compare(Tolerance.Exact, ws => ws.Scale(0.13025f, Values(ws, 5, length)));
        Compare(Tolerance.Exact, ws =>
        {
            var x = Offset(ws, new SeededData(5).Uniform(35), new Shape(35));
            ws.Backend.Scale(-7, x, x);
            return x;
        });
    }

    [Fact]
    public void Fill_and_copy()
    {
        foreach (int length in s_lengths)
        {
            Compare(Tolerance.Exact, ws => ws.Copy(Values(ws, 9, length)));
            Compare(Tolerance.Exact, ws => Guarded(ws, new Shape(length), y => ws.Backend.Fill(0.25f, y)));
            Compare(Tolerance.Exact, ws => Guarded(ws, new Shape(length), y => ws.Backend.Copy(Values(ws, 9, length), y)));
        }
    }

    [Fact]
    public void Nothing_is_written_around_results()
    {
        foreach (int length in s_lengths)
        {
            Compare(s_function, ws => Guarded(ws, new Shape(length), y => ws.Backend.Activate(Values(ws, 9, length), Activation.Gelu, y)));
            Compare(Tolerance.Exact, ws => Guarded(ws, new Shape(length), y => ws.Backend.Add(Values(ws, 9, length), Values(ws, 8, length), y)));
            Compare(Tolerance.Exact, ws => Guarded(ws, new Shape(length), y => ws.Backend.Scale(3, Values(ws, 9, length), y)));
        }
    }

    static Tensor Values(Workspace ws, int seed, int length) => Offset(ws, new SeededData(seed).Uniform(length), new Shape(length), seed % 4);
}
