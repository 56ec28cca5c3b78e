namespace PgpSr.Cpu;

/// <summary>The radices that a length is cut into, and what they cost.</summary>
static class FftRadices
{
    /// <summary>
    /// Large primes first, where no twiddle multiplies them; then the codelets, as few passes as possible.
    /// </summary>
    public static int[] Of(int length)
    {
        if (length == 1) return [1];
        var radices = new List<int>();
        int rest = length;
        int twos = Count(ref rest, 2);
        int threes = Count(ref rest, 3);
        int fives = Count(ref rest, 5);
        int sevens = Count(ref rest, 7);
        for (int prime = 11; (long)prime * prime <= rest; prime += 2)
        {
            while (rest % prime == 0)
            {
                radices.Add(prime);
                rest /= prime;
            }
        }
        if (rest > 1) radices.Add(rest);
        radices.Sort();
        radices.Reverse();
        for (; sevens > 0; sevens--) radices.Add(7);
        // Eights and fours rather than a single two: every pass costs a trip through the cache.
        for (; twos >= 3 && twos != 4; twos -= 3) radices.Add(8);
        for (; twos >= 2; twos -= 2) radices.Add(4);
        for (; fives > 0; fives--) radices.Add(5);
        for (; threes > 0; threes--) radices.Add(3);
        if (twos == 1) radices.Add(2);
        return [.. radices];
    }

    // One multiply-add of a prime butterfly against one unit of a codelet's pass inside a chirp: 0.128 to 0.099 ns for a line of 16 lanes
    // (Zen 5, 2026), which puts the change to the chirp between 211 and 257.
    const double PrimeWeight = 1.3;

    /// <summary>
    /// Time of a complex line, about, in vector instructions of a codelet's pass; a butterfly of a prime p is (p-1)^2 multiply-adds.
    /// </summary>
    public static double Cost(int length, int[] radices)
    {
        double cost = 0;
        foreach (int radix in radices)
        {
            cost += radix <= FftStage.LargestCodelet
                ? length * (4 + 5 * Math.Log2(radix))
                : PrimeWeight * length / radix * (radix - 1) * (radix - 1) + 8.0 * length;
        }
        return cost;
    }

    static int Count(ref int rest, int prime)
    {
        int count = 0;
        for (; rest % prime == 0; rest /= prime) count++;
        return count;
    }
}
