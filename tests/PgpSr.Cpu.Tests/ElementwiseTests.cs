using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Cpu.Tests;

/// <summary>Element-wise operations: tails of every length, sizes that are several work items, results in place.</summary>
public sealed class ElementwiseTests
{
    // Around each register width, and enough for several items with an uneven last one.
    static readonly int[] s_counts = [0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 100_003];

    [Theory, InlineData(Activation.None), InlineData(Activation.Silu), InlineData(Activation.Gelu), InlineData(Activation.QuickGelu), InlineData(Activation.Relu),
        InlineData(Activation.LeakyRelu)]
    public void Activations_are_right_for_every_length(Activation activation)
    {
        foreach (int count in s_counts)
        {
            float[] x = new SeededData(1).Uniform(count, -12, 12);
            // QuickGelu's product 1.702 x is rounded before the exponential: 12 * 1.702 more roundings. So is GELU's square where multiply-adds
            // are not fused: 72.
            new Trial().With(x, count).Check($"{activation} of {count}", new Shape(count),
                Tolerance.Roundings(VectorMathTests.MultiplyAddIsFused ? 26 : 80, 1e-37), (b, i, y) => b.Activate(i[0], activation, y));
        }
        new Trial().With(new SeededData(2).Uniform(1003), 1003).CheckInPlace($"{activation}", (b, i, y) => b.Activate(i[0], activation, y));
    }

    [Fact]
    public void Sums_and_scalings_are_right_for_every_length()
    {
        var data = new SeededData(4);
        foreach (int count in s_counts)
        {
            var shape = new Shape(count);
            var trial = new Trial().With(data.Uniform(count), count).With(data.Uniform(count), count);
            trial.Check($"add {count}", shape, Tolerance.Roundings(1), (b, i, y) => b.Add(i[0], i[1], y));
            // a x and b z of size up to 3 are rounded once each before they may cancel.
            trial.Check($"combine {count}", shape, Tolerance.Sum(2, 3), (b, i, y) => b.Combine(0.7f, i[0], -2.3f, i[1], y));
            trial.Check($"scale {count}", shape, Tolerance.Roundings(1), (b, i, y) => b.Scale(-3.1f, i[0], y));
            trial.Check($"copy {count}", shape, Tolerance.Exact, (b, i, y) => b.Copy(i[0], y));
            trial.Check($"fill {count}", shape, Tolerance.Exact, (b, i, y) => b.Fill(1.25f, y));
        }
        var inPlace = new Trial().With(data.Uniform(40_000), 40_000).With(data.Uniform(40_000), 40_000);
        inPlace.CheckInPlace("add to the first", (b, i, y) => b.Add(i[0], i[1], y));
        inPlace.CheckInPlace("add to the second", (b, i, y) => b.Add(i[1], i[0], y));
        inPlace.CheckInPlace("combine to the first", (b, i, y) => b.Combine(0.7f, i[0], -2.3f, i[1], y));
        inPlace.CheckInPlace("combine to the second", (b, i, y) => b.Combine(0.7f, i[1], -2.3f, i[0], y));
        inPlace.CheckInPlace("scale", (b, i, y) => b.Scale(0.3f, i[0], y));
    }
}
