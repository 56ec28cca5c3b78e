namespace PgpSr.Testing.Tests;

public sealed class ToleranceTests
{
    [Fact]
    public void A_value_outside_is_named_with_its_place_and_sizes()
    {
        var error = Assert.Throws<ToleranceException>(() => new Tolerance(0.1).Assert("thing", [1, 2, 4], [1, 2.5f, 4.05f]));
        Assert.Equal(
            "thing: 1 of 3 values outside; worst at [1]: expected 2, got 2.5; largest error 0.5 absolute, 0.25 relative, 5 of what is allowed",
            error.Message);
    }

    [Fact]
    public void The_worst_value_is_measured_against_what_is_allowed_there() =>
        Assert.Equal(0, new Tolerance(0.01, 0.1).Compare([0, 100], [0.02f, 101]).WorstIndex);

    [Theory]
    [InlineData(float.NaN, 1f)]
    [InlineData(1f, float.NaN)]
    [InlineData(float.PositiveInfinity, float.NegativeInfinity)]
    [InlineData(1e30f, float.PositiveInfinity)]
    public void What_is_not_finite_equals_only_itself(float expected, float actual) =>
        Assert.Equal(1, new Tolerance(1e9, 1e9).Compare([expected], [actual]).Outside);

    [Fact]
    public void Exact_allows_the_same_number_only()
    {
        Assert.Equal(0, Tolerance.Exact.Compare([0f, float.NaN, float.PositiveInfinity], [-0f, float.NaN, float.PositiveInfinity]).Outside);
        Assert.Equal(1, Tolerance.Exact.Compare([1f], [float.BitIncrement(1f)]).Outside);
    }

    [Fact]
    public void Different_counts_are_an_error() => Assert.Throws<ToleranceException>(() => Tolerance.Exact.Compare([1f], []));

    [Fact]
    public void The_tolerance_of_golden_cases_grows_with_the_values()
    {
        Assert.Equal(1e-4, Tolerance.ForUnitSize(1e-4, [0.1f, -0.1f]).Absolute);
        Assert.Equal(1e-2, Tolerance.ForUnitSize(1e-4, [100f, -100f]).Absolute, 1e-9);
    }
}
