namespace PgpSr.Sampling.Tests;

public sealed class NoiseTests
{
    [Fact]
    public void Philox_gives_its_published_answers()
    {
        // Known-answer vectors of the Random123 distribution, philox4x32-10.
        Assert.Equal((0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u), new NoiseSource(0).Bits(0, 0, 0, 0));
        Assert.Equal((0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu),
            new NoiseSource(ulong.MaxValue).Bits(uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue));
        Assert.Equal((0xd16cfe09u, 0x94fdcceb, 0x5001e420u, 0x24126ea1u),
            new NoiseSource(0x299f31d0a4093822).Bits(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344));
    }

    [Fact]
    public void A_tile_sees_the_noise_of_the_whole()
    {
        var noise = new NoiseSource(42);
        var whole = new float[20 * 30 * 4];
        noise.Fill(3, 0, 0, 20, 30, 4, whole);
        var tile = new float[5 * 7 * 4];
        noise.Fill(3, 11, 13, 5, 7, 4, tile);
        for (int y = 0; y < 5; y++)
            for (int x = 0; x < 7; x++)
                for (int c = 0; c < 4; c++) Assert.Equal(whole[((11 + y) * 30 + 13 + x) * 4 + c], tile[(y * 7 + x) * 4 + c]);
    }

    [Fact]
    public void Values_are_standard_normal_and_fields_are_unrelated()
    {
        const int n = 512 * 512;
        var a = new float[n];
        var b = new float[n];
        new NoiseSource(1).Fill(0, 0, 0, 512, 512, 1, a);
        new NoiseSource(1).Fill(1, 0, 0, 512, 512, 1, b);
        double mean = a.Average(x => (double)x), variance = a.Average(x => (double)x * x), fourth = a.Average(x => Math.Pow(x, 4));
        double cross = a.Zip(b, (x, y) => (double)x * y).Average(), lag = a.Zip(a.Skip(1), (x, y) => (double)x * y).Average();
        // Five standard errors: 1/sqrt n for means and products, sqrt(2/n), sqrt(96/n) for the moments.
        double unit = 5 / Math.Sqrt(n);
        Assert.InRange(mean, -unit, unit);
        Assert.InRange(variance, 1 - 1.42 * unit, 1 + 1.42 * unit);
        Assert.InRange(fourth, 3 - 9.8 * unit, 3 + 9.8 * unit);
        Assert.InRange(cross, -unit, unit);
        Assert.InRange(lag, -unit, unit);
        Assert.All(a, x => Assert.True(float.IsFinite(x)));
        // Tails: P(|x| > 3) = 0.0027.
        Assert.InRange(a.Count(x => Math.Abs(x) > 3) / (double)n, 0.0022, 0.0032);
    }

    [Fact]
    public void Logarithm_and_cosine_are_exact_to_double_roundoff()
    {
        for (int i = 1; i <= 100_000; i++)
        {
            double u = i / 100_000.0;
            Assert.Equal(Math.Log(u), NoiseSource.NaturalLog(u), 4e-15 * Math.Max(1, -Math.Log(u)));
            Assert.Equal(Math.Cos(2 * Math.PI * (u - 1e-5)), NoiseSource.CosineOfTurns(u - 1e-5), 2e-15);
        }
        Assert.Equal(Math.Log(1.0 / (1UL << 53)), NoiseSource.NaturalLog(1.0 / (1UL << 53)), 1e-13);
    }

    [Fact]
    public void The_bytes_of_a_seed_never_change()
    {
        // s_recorded once; a change would silently change every user's pictures.
        float[] first = new float[4];
        new NoiseSource(42).Fill(0, 0, 0, 1, 1, 4, first);
        Assert.Equal(s_recorded, first.Select(BitConverter.SingleToInt32Bits));
    }

    static readonly int[] s_recorded = [1063448960, 1051630511, -1080491036, -1092957541];
}
