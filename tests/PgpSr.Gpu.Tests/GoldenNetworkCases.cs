using System.Collections.Concurrent;
using PgpSr.Conformance;
using PgpSr.Cpu;
using PgpSr.Testing;

namespace PgpSr.Gpu.Tests;

/// <summary>Whole networks against the published code and against the CPU backend.</summary>
static class GoldenNetworkCases
{
    // Of the CPU backend's values, at unit size: a chain of a hundred layers, each summed in another order.
    const double AgainstCpu = 1e-3;

    // Of a stored half: 11 bits.
    const double HalfRoundoff = 1.0 / (1 << 11);

    const string SlowVariable = "PGPSR_GPU_SLOW";

    static readonly ConcurrentDictionary<string, IReadOnlyList<(string Name, float[] Values)>> s_cpu = new();

    /// <summary>Every case, for a device.</summary>
    public static IEnumerable<TheoryDataRow<string>> All => Rows(GoldenNetworks.Kinds.SelectMany(Goldens.Of));

    /// <summary>
    /// The smallest case of each kind, for the stand-in, which takes seconds to a minute for a network. Its operations are tested one by one; that
    /// networks put them together rightly, these show. FaithDiff's UNet takes 77 s of processor time and has no operation that the others lack.
    /// </summary>
    public static IEnumerable<TheoryDataRow<string>> ForTheStandIn =>
        Slow ? All : Rows(GoldenNetworks.Kinds.Where(kind => kind != GoldenKinds.FaithDiffUnet)
            .SelectMany(kind => Goldens.Of(kind).OrderBy(path => new FileInfo(path).Length).Take(1)));

    /// <summary>Networks that store binary16; autoencoders and text encoders are float32 on every backend.</summary>
    public static IEnumerable<TheoryDataRow<string>> Half => Rows(new[] { GoldenKinds.Unet, GoldenKinds.FaithDiffUnet }.SelectMany(Goldens.Of));

    /// <summary>The same for the stand-in: with groups of sixteen threads each takes minutes.</summary>
    public static IEnumerable<TheoryDataRow<string>> HalfForTheStandIn => Slow ? Half : [];

    static bool Slow => Environment.GetEnvironmentVariable(SlowVariable) == "1";

    /// <summary>Binary16 activations differ from the CPU's float32 by their roundings.</summary>
    public static void CheckHalf(BackendFixture fixture, string path)
    {
        using var golden = GoldenCase.Open(path);
        using var backend = fixture.Create();
        // Every stored tensor on the way is off by up to 2^-11 of its size, and the layers after it, whose norms restore unit size, pass that on. The
        // roundings are independent, so their squares add; no value of thousands is further off than six times that.
        double rounding = HalfRoundoff * Math.Sqrt(GoldenNetworks.StoredTensors(golden)), tolerance = 6 * rounding;
        foreach (var ((name, values), (_, right)) in GoldenNetworks.Run(golden, backend).Zip(OnCpu(path, golden)))
        {
            var report = Tolerance.ForUnitSize(tolerance, right).Assert($"{golden.Name} {name} on {fixture.Name} against the CPU", right, values);
            double rms = Math.Sqrt(values.Zip(right, (a, b) => ((double)a - b) * (a - b)).Average());
            TestContext.Current.TestOutputHelper?.WriteLine($"{golden.Name} {name} on {fixture.Name} against the CPU: rms {rms:E1} of {rounding:E1}; {report}");
            Assert.InRange(rms, 0, rounding * Math.Max(1, Math.Sqrt(right.Average(x => (double)x * x))));
        }
    }

    /// <summary>Every output is the published one and the CPU's.</summary>
    public static void Check(BackendFixture fixture, string path)
    {
        using var golden = GoldenCase.Open(path);
        using var backend = fixture.Create();
        long began = System.Diagnostics.Stopwatch.GetTimestamp();
        var outputs = GoldenNetworks.Run(golden, backend);
        TestContext.Current.TestOutputHelper?.WriteLine($"{System.Diagnostics.Stopwatch.GetElapsedTime(began).TotalSeconds:F2} s");
        foreach (var ((name, values), (_, right)) in outputs.Zip(OnCpu(path, golden)))
        {
            golden.Check(name, values);
            var report = Tolerance.ForUnitSize(AgainstCpu, right).Assert($"{golden.Name} {name} on {fixture.Name} against the CPU", right, values);
            TestContext.Current.TestOutputHelper?.WriteLine($"{golden.Name} {name} on {fixture.Name} against the CPU: {report}");
        }
    }

    static IEnumerable<TheoryDataRow<string>> Rows(IEnumerable<string> paths) => from path in paths select new TheoryDataRow<string>(path);

    static IReadOnlyList<(string Name, float[] Values)> OnCpu(string path, GoldenCase golden) => s_cpu.GetOrAdd(path, _ =>
    {
        using var cpu = CpuBackend.Create(new CpuBackendOptions { Threads = 2 });
        return GoldenNetworks.Run(golden, cpu);
    });
}
