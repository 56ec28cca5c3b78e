using System.Diagnostics;
using PgpSr.Cpu;
using PgpSr.Gpu;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>Measurements of one GPU by one kind of products.</summary>
/// <param name="device">Where.</param>
/// <param name="roundSeconds">About how long a round of runs lasts.</param>
/// <param name="peer">What the same work took in PyTorch; null before that is known.</param>
sealed class DeviceRun(GpuBackend device, double roundSeconds, PythonPeer? peer)
{
    const int Rounds = 5;

    readonly DeviceFacts _facts = DeviceFacts.Of(device.Device);

    bool HasTensorCores => device.Products.Contains("tensor cores", StringComparison.Ordinal);

    public Machine Machine(string kernels) => new()
    {
        Cpu = $"{device.Device.Name} ({device.Device.Id})",
        System = $"{device.Device.Details}; {_facts.Clocks}; binary16 {_facts.HalfTflops:F0} TFLOP/s",
        Runtime = $".NET {Environment.Version}",
        Versions = [$"kernels {kernels}", peer!.Name],
        Utc = DateTime.UtcNow,
        PeakGflops = 1e3 * _facts.SingleTflops,
        BandwidthGbs = _facts.GigabytesPerSecond,
    };

    /// <summary>What queueing an operation costs.</summary>
    public Row Launch()
    {
        using var work = new BackendWork("", device, DType.F32, owned: false);
        Tensor small = work.Empty(new(1));
        work.Does = () => device.Fill(0f, small);
        return new() { Op = "launch", Shape = "1", Kernel = "a queued operation, on the host", Ms = 1e3 * Seconds(work) };
    }

    /// <summary>From nothing to the first result, and what an evaluation takes after it.</summary>
    public IEnumerable<Row> WarmUp(NetworkWork network, double opened, int rounds)
    {
        var (row, waited) = Evaluated(network, rounds);
        Row bare = new() { Op = "warm-up", Shape = row.Shape, Kernel = "opening, weights, first evaluation", Ms = 1e3 * (opened + waited) };
        string text = FormattableString.Invariant($"opened in {opened:F2} s; {row.Note}");
        return [bare with { Note = text }, bare with { Op = "evaluation", Kernel = "after it", Ms = row.Ms }];
    }

    /// <summary>A result against the processor's.</summary>
    public Row Check(Work work)
    {
        using var processor = CpuBackend.Create();
        using BackendWork expected = work.Prepare(processor, DType.F16), found = work.Prepare(device, DType.F16);
        expected.Run();
        found.Run();
        // Factors of 11 bits: each product is off by up to 2^-10, sums of many by some 5 standard deviations at the worst of 10^4 results.
        return new()
        {
            Op = $"{work.Operation} against the processor",
            Shape = work.Shape,
            Kernel = work.MemoryBound ? "" : device.Products,
            Difference = Difference.Of(found.Result(), expected.Result()).Largest,
            Tolerance = !work.MemoryBound && HasTensorCores ? 1e-2 : 1e-4,
        };
    }

    public Row Measure(Work work)
    {
        using BackendWork prepared = work.Prepare(device, DType.F16);
        return Measured(work, prepared.Flops, Seconds(prepared));
    }

    /// <summary>A network from its weights on.</summary>
    public Row Evaluate(NetworkWork network, int rounds) => Evaluated(network, rounds).Row;

    (Row Row, double Waited) Evaluated(NetworkWork network, int rounds)
    {
        long start = Stopwatch.GetTimestamp();
        using BackendWork prepared = network.Prepare(device, DType.F16);
        // Kernels are compiled beside the loading; the first evaluation waits for those that are not yet.
        double load = Stopwatch.GetElapsedTime(start).TotalSeconds, first = Time(prepared, 1);
        double[] steady = [.. Enumerable.Range(0, rounds).Select(_ => Time(prepared, 1))];
        bool finite = Array.TrueForAll(prepared.Result(), float.IsFinite);
        Row row = Measured(network, prepared.Flops, Median.Of(steady));
        string text = FormattableString.Invariant($"{(finite ? "finite" : "NOT FINITE")}; weights {load:F2} s, first evaluation {first:F2} s");
        return (row with
        {
            PeakMb = Row.Megabytes(prepared.PeakBytes),
            WeightsMb = Row.Megabytes(prepared.WeightBytes),
            Difference = finite ? null : double.PositiveInfinity,
            Tolerance = finite ? null : 0,
            Note = row.Note is null ? text : $"{text}; {row.Note}",
        }, load + first);
    }

    // Median of one run over rounds of many, launches included and hidden behind each other.
    double Seconds(BackendWork work)
    {
        Time(work, 1); // compiles
        int runs = (int)Math.Clamp(roundSeconds / Math.Max(Time(work, 2), 1e-7), 1, 10_000);
        return Median.Of([.. Enumerable.Range(0, Rounds).Select(_ => Time(work, runs))]);
    }

    static double Time(BackendWork work, int runs)
    {
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < runs; i++) work.Run();
        work.Drain();
        return Stopwatch.GetElapsedTime(began).TotalSeconds / runs;
    }

    Row Measured(Work work, double flops, double seconds)
    {
        double rate = (work.MemoryBound ? work.Bytes : flops) / seconds * 1e-9;
        double peak = work.MemoryBound ? _facts.GigabytesPerSecond : 1e3 * (HasTensorCores ? _facts.HalfTflops : _facts.SingleTflops);
        var (peerSeconds, error) = peer?.Of(work) ?? default;
        return new Row
        {
            Op = work.Operation,
            Shape = work.Shape,
            Kernel = work.MemoryBound ? "" : device.Products,
            Ms = seconds * 1e3,
            Gflops = work.MemoryBound ? null : rate,
            Gbs = work.MemoryBound ? rate : null,
            FractionOfPeak = peak > 0 ? rate / peak : null,
            Peer = peerSeconds is null ? null : "PyTorch",
            PeerForm = peerSeconds is null ? null : "float16",
            PeerMs = peerSeconds * 1e3,
            Ratio = peerSeconds / seconds,
            Note = error is null ? null : $"PyTorch: {error}",
        };
    }
}
