using System.Collections.Concurrent;
using PgpSr.Cpu;
using PgpSr.Testing;

namespace PgpSr.Gpu.Tests;

/// <summary>Whole networks against the published code and against the CPU backend.</summary>
public sealed class GoldenNetworkTests
{
    // Of the CPU backend's values, at unit size: a chain of a hundred layers, each summed in another order.
    const double AgainstCpu = 1e-3;

    const string SlowVariable = "PGPSR_GPU_SLOW";

    static readonly ConcurrentDictionary<string, IReadOnlyList<(string Name, float[] Values)>> s_cpu = new();

    public static IEnumerable<TheoryDataRow<string, string>> Cases() =>
        from device in GpuFixtures.All
        from kind in GoldenNetworks.Kinds
        from path in Goldens.Of(kind)
        select new TheoryDataRow<string, string>(path, device.Name);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_output_is_the_published_one_and_the_CPUs(string path, string device)
    {
        // On two cores the stand-in takes two minutes for the smallest UNet.
        if (device == GpuDevices.Simulated && Environment.GetEnvironmentVariable(SlowVariable) != "1")
            Assert.Skip($"minutes for each case on threads of this process; {SlowVariable}=1 runs them");
        var fixture = GpuFixtures.All.Single(f => f.Name == device);
        using var golden = GoldenCase.Open(path);
        using var backend = fixture.Create();
        long began = System.Diagnostics.Stopwatch.GetTimestamp();
        var outputs = GoldenNetworks.Run(golden, backend);
        TestContext.Current.TestOutputHelper?.WriteLine($"{System.Diagnostics.Stopwatch.GetElapsedTime(began).TotalSeconds:F2} s");
        var expected = s_cpu.GetOrAdd(path, _ =>
        {
            using var cpu = CpuBackend.Create(new CpuBackendOptions { Threads = 2 });
            return GoldenNetworks.Run(golden, cpu);
        });
        foreach (var ((name, values), (_, right)) in outputs.Zip(expected))
        {
            golden.Check(name, values);
            var report = Tolerance.ForUnitSize(AgainstCpu, right).Assert($"{golden.Name} {name} on {device} against the CPU", right, values);
            TestContext.Current.TestOutputHelper?.WriteLine($"{golden.Name} {name} on {device} against the CPU: {report}");
        }
    }
}
