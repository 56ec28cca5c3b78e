namespace PgpSr.Testing.Tests;

public sealed class ErrorFunctionTests
{
    // Abramowitz and Stegun, table 7.1 (0.5, 1, 1.5) and OEIS-quality digits of erfc at 2, 3, 5.
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.5, 0.47950012218695346)]
    [InlineData(1, 0.15729920705028513)]
    [InlineData(1.5, 0.033894853524689274)]
    [InlineData(2, 0.004677734981047266)]
    [InlineData(3, 2.2090496998585445e-5)]
    [InlineData(5, 1.5374597944280349e-12)]
    [InlineData(-1, 1.8427007929497149)]
    public void Published_values(double x, double expected) => Assert.Equal(1, ErrorFunction.Complement(x) / expected, 1e-12);

    [Fact]
    public void Series_and_fraction_meet() =>
        Assert.Equal(1, ErrorFunction.Complement(double.BitDecrement(2)) / ErrorFunction.Complement(2), 1e-12);
}
