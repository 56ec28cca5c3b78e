using System.Collections.Concurrent;
using PgpSr.Cpu;
using PgpSr.Testing;

namespace PgpSr.Gpu.Tests;

/// <summary>Whole networks against the published code and against the CPU backend.</summary>
public sealed class GoldenNetworkTests
{
    // Of the CPU backend's values, at unit size: a chain of a hundred layers, each summed in another order.
    const double AgainstCpu = 1e-3;

    // Of a stored half: 11 bits.
    const double HalfRoundoff = 1.0 / (1 << 11);

    const string SlowVariable = "PGPSR_GPU_SLOW";

    static readonly ConcurrentDictionary<string, IReadOnlyList<(string Name, float[] Values)>> s_cpu = new();

    public static IEnumerable<TheoryDataRow<string, string>> Cases() =>
        from device in GpuFixtures.All
        from kind in GoldenNetworks.Kinds
        from path in Goldens.Of(kind)
        select new TheoryDataRow<string, string>(path, device.Name);

    /// <summary>Networks that store binary16; autoencoders and text encoders are float32 on every backend.</summary>
    public static IEnumerable<TheoryDataRow<string, string>> HalfCases() =>
        from device in GpuFixtures.AllHalf
        from kind in new[] { GoldenKinds.Unet, GoldenKinds.FaithDiffUnet }
        from path in Goldens.Of(kind)
        select new TheoryDataRow<string, string>(path, device.Name);

    [Theory]
    [MemberData(nameof(HalfCases))]
    public void Binary16_activations_differ_from_the_CPUs_by_their_roundings(string path, string device)
    {
        SkipIfSlow(device, path);
        var fixture = GpuFixtures.AllHalf.Single(f => f.Name == device);
        using var golden = GoldenCase.Open(path);
        using var backend = fixture.Create();
        // Every stored tensor on the way is off by up to 2^-11 of its size, and the layers after it, whose norms restore unit size, pass that on. The
        // roundings are independent, so their squares add; no value of thousands is further off than six times that.
        double rounding = HalfRoundoff * Math.Sqrt(GoldenNetworks.StoredTensors(golden)), tolerance = 6 * rounding;
        foreach (var ((name, values), (_, right)) in GoldenNetworks.Run(golden, backend).Zip(OnCpu(path, golden)))
        {
            var report = Tolerance.ForUnitSize(tolerance, right).Assert($"{golden.Name} {name} on {device} against the CPU", right, values);
            double rms = Math.Sqrt(values.Zip(right, (a, b) => ((double)a - b) * (a - b)).Average());
            TestContext.Current.TestOutputHelper?.WriteLine($"{golden.Name} {name} on {device} against the CPU: rms {rms:E1} of {rounding:E1}; {report}");
            Assert.InRange(rms, 0, rounding * Math.Max(1, Math.Sqrt(right.Average(x => (double)x * x))));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_output_is_the_published_one_and_the_CPUs(string path, string device)
    {
        SkipIfSlow(device, path);
        var fixture = GpuFixtures.All.Single(f => f.Name == device);
        using var golden = GoldenCase.Open(path);
        using var backend = fixture.Create();
        long began = System.Diagnostics.Stopwatch.GetTimestamp();
        var outputs = GoldenNetworks.Run(golden, backend);
        TestContext.Current.TestOutputHelper?.WriteLine($"{System.Diagnostics.Stopwatch.GetElapsedTime(began).TotalSeconds:F2} s");
        foreach (var ((name, values), (_, right)) in outputs.Zip(OnCpu(path, golden)))
        {
            golden.Check(name, values);
            var report = Tolerance.ForUnitSize(AgainstCpu, right).Assert($"{golden.Name} {name} on {device} against the CPU", right, values);
            TestContext.Current.TestOutputHelper?.WriteLine($"{golden.Name} {name} on {device} against the CPU: {report}");
        }
    }

    // With groups of one thread the stand-in takes seconds, but minutes for the full-size autoencoder; with groups of sixteen, minutes for any network.
    static void SkipIfSlow(string device, string path)
    {
        if (device == GpuFixtures.SimulatedNarrow.Name && Path.GetFileNameWithoutExtension(path) != "vae_sdxl_full_1") return;
        if (device.StartsWith(GpuDevices.Simulated, StringComparison.Ordinal) && Environment.GetEnvironmentVariable(SlowVariable) != "1")
            Assert.Skip($"minutes for each case on threads of this process; {SlowVariable}=1 runs them");
    }

    static IReadOnlyList<(string Name, float[] Values)> OnCpu(string path, GoldenCase golden) => s_cpu.GetOrAdd(path, _ =>
    {
        using var cpu = CpuBackend.Create(new CpuBackendOptions { Threads = 2 });
        return GoldenNetworks.Run(golden, cpu);
    });
}
