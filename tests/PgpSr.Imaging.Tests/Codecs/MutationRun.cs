using System.Diagnostics;
using System.Globalization;
using PgpSr.Testing;

namespace PgpSr.Imaging.Tests.Codecs;

/// <summary>
/// Damaged files, decoded: the answer is a picture or an <see cref="ImageException"/>, within two seconds and three times the memory that the header
/// plans. Planned are the file, the picture as its header has it, and <see cref="Tables"/>. Taken is whatever the decoding thread allocated from
/// opening to the end, given back meanwhile or not, so that the peak is at most that.
/// </summary>
static class MutationRun
{
    // Buffers and tables that every decoder has, whatever the picture.
    const long Tables = 1 << 20;
    const int Times = 3;
    static readonly TimeSpan s_most = TimeSpan.FromSeconds(2);

    /// <summary>A thousand, or as many as the environment says: <c>PGPSR_MUTATIONS=100000</c>.</summary>
    static int Count =>
        int.TryParse(Environment.GetEnvironmentVariable("PGPSR_MUTATIONS"), CultureInfo.InvariantCulture, out int wanted) ? wanted : 1000;

    /// <summary>Runs all; <paramref name="leastRefused"/> is the share of them that damage must be noticed in.</summary>
    public static void Of(string format, byte[][] files, double leastRefused)
    {
        // Small limits, as a server would set them: without them a mutated header may rightly ask for a gigabyte.
        ImageLimits limits = new() { MaxPixels = 1 << 20, MaxMetadataBytes = 1 << 20 };
        int refused = 0;
        (TimeSpan Time, int Seed) longest = default;
        (double Ratio, int Seed) largest = default;
        for (int seed = 0; seed < Count; seed++)
        {
            byte[] file = Mutation.Of(files[seed % files.Length], new Random(seed));
            (bool read, TimeSpan time, double ratio) = Decode(format, seed, file, limits);
            // Other programs may have had the processor.
            if (time > s_most / 4 && Decode(format, seed, file, limits).Time is var again && again < time) time = again;
            refused += read ? 0 : 1;
            if (time > longest.Time) longest = (time, seed);
            if (ratio > largest.Ratio) largest = (ratio, seed);
        }
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{format}: {refused} of {Count} refused, the longest took {longest.Time.TotalMilliseconds:0} ms (mutation {longest.Seed}), "
            + $"the most memory was {largest.Ratio:0.00} times the planned (mutation {largest.Seed})");
        Assert.True(refused > Count * leastRefused, $"{format}: only {refused} of {Count} mutations were noticed");
        Assert.True(longest.Time < s_most, $"{format}, mutation {longest.Seed}: took {longest.Time}");
        Assert.True(largest.Ratio < Times, $"{format}, mutation {largest.Seed}: allocated {largest.Ratio:0.00} times the planned memory");
    }

    static (bool Read, TimeSpan Time, double Ratio) Decode(string format, int seed, byte[] file, ImageLimits limits)
    {
        long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp(), planned = Tables + file.Length;
        bool read = false;
        try
        {
            using MemoryStream stream = new(file);
            using ImageReader reader = ImageReader.Open(stream, limits);
            planned += reader.Info.Length;
            reader.ReadToEnd();
            read = true;
        }
        catch (ImageException)
        {
            // The answer to damage.
        }
        catch (Exception e)
        {
            Assert.Fail($"{format}, mutation {seed}: {e}");
        }
        return (read, Stopwatch.GetElapsedTime(start), (double)(GC.GetAllocatedBytesForCurrentThread() - before) / planned);
    }
}
