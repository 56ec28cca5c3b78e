using System.Diagnostics;
using PgpSr.Cpu;
using PgpSr.Gpu;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>A network on a device from its weights on.</summary>
/// <param name="Network">Which.</param>
/// <param name="Load">Seconds until weights are packed and memory is taken; kernels are compiled beside it.</param>
/// <param name="First">Seconds of the first evaluation, which waits for kernels that are not compiled yet.</param>
/// <param name="Steady">Median seconds of those after it.</param>
/// <param name="Flops">Of one evaluation.</param>
/// <param name="Memory">Bytes on the device.</param>
/// <param name="IsFinite">Every value of the result is a number.</param>
sealed record NetworkTimes(NetworkWork Network, double Load, double First, double Steady, double Flops, WorkMemory Memory, bool IsFinite)
{
    public override string ToString() =>
        FormattableString.Invariant($"{(IsFinite ? "finite" : "NOT FINITE")}; weights {Load:F2} s, first evaluation {First:F2} s");
}

/// <summary>Measurements of one GPU, told and written as they come.</summary>
sealed class DeviceRun : IDisposable
{
    public const int Rounds = 5;

    readonly string _folder;
    readonly string _file;
    readonly long _began = Stopwatch.GetTimestamp();
    readonly double _opened;
    readonly Func<TensorCoreUse, GpuBackend> _open;
    readonly GpuBackend _fastest;
    readonly DeviceFacts _facts;
    // Products by the fastest kernels, and by those for devices without tensor cores, where that is another answer.
    GpuBackend[] _backends = [];
    PythonPeer? _peer;
    bool _wrong;

    /// <exception cref="GpuException">There is no such device.</exception>
    public DeviceRun(string folder, double roundSeconds, Func<TensorCoreUse, GpuBackend> open)
    {
        (_folder, RoundSeconds, _open) = (folder, roundSeconds, open);
        _fastest = open(TensorCoreUse.Auto);
        _opened = Stopwatch.GetElapsedTime(_began).TotalSeconds;
        Console.WriteLine($"{_fastest.Name}: {_fastest.Products}");
        _facts = DeviceFacts.Of(_fastest.Device);
        Directory.CreateDirectory(folder);
        File.WriteAllText(_file = Path.Combine(folder, "gpu.jsonl"), "");
    }

    public double RoundSeconds { get; }

    /// <summary>The machine's line, and what a launch costs.</summary>
    public void Begin(PythonPeer peer, string kernels)
    {
        _peer = peer;
        Write(ResultFile.Line(new Machine
        {
            Cpu = $"{_fastest.Device.Name} ({_fastest.Device.Id})",
            System = $"{_fastest.Device.Details}; {_facts.Clocks}; binary16 {_facts.HalfTflops:F0} TFLOP/s",
            Runtime = $".NET {Environment.Version}",
            Versions = [$"kernels {kernels}", peer.Name],
            Utc = DateTime.UtcNow,
            PeakGflops = 1e3 * _facts.SingleTflops,
            BandwidthGbs = _facts.GigabytesPerSecond,
        }));
        using var small = _fastest.CreateTensor(new Shape(1));
        double launch = Seconds(_fastest, () => _fastest.Fill(0f, small));
        Add(new Row { Op = "launch", Shape = "1", Kernel = "a queued operation, on the host", Ms = launch * 1e3 });
        GpuBackend plain = _open(TensorCoreUse.Off);
        _backends = [_fastest, plain];
        if (_fastest.Products != plain.Products) return;
        plain.Dispose();
        _backends = [_fastest];
    }

    /// <summary>A network from its weights on.</summary>
    public NetworkTimes Evaluate(NetworkWork network, int rounds)
    {
        long start = Stopwatch.GetTimestamp();
        using BackendWork prepared = network.Prepare(_fastest, DType.F16);
        double load = Stopwatch.GetElapsedTime(start).TotalSeconds, first = Once();
        double[] steady = [.. Enumerable.Range(0, rounds).Select(_ => Once())];
        bool finite = Array.TrueForAll(prepared.Result(), float.IsFinite);
        _wrong |= !finite;
        return new(network, load, first, Samples.MedianOf(steady), prepared.Flops, prepared.Memory, finite);

        double Once()
        {
            long began = Stopwatch.GetTimestamp();
            prepared.Run();
            prepared.Drain();
            return Stopwatch.GetElapsedTime(began).TotalSeconds;
        }
    }

    /// <summary>From nothing to the first result.</summary>
    public void WarmUp(NetworkTimes first)
    {
        var row = new Row { Op = "warm-up", Shape = first.Network.Shape, Kernel = "opening, weights, first evaluation", Ms = 1e3 * (_opened + first.Load + first.First) };
        Add(row with { Note = FormattableString.Invariant($"opened in {_opened:F2} s; {first}") });
        Add(row with { Op = "evaluation", Kernel = "after it", Ms = 1e3 * first.Steady });
    }

    /// <summary>Results against the processor's.</summary>
    public void Check(IReadOnlyList<Work> works)
    {
        using var processor = CpuBackend.Create();
        foreach (Work work in works)
        {
            using BackendWork expected = work.Prepare(processor, DType.F16);
            expected.Run();
            foreach (GpuBackend device in Fit(work))
            {
                using BackendWork found = work.Prepare(device, DType.F16);
                found.Run();
                // Factors of 11 bits: each product is off by up to 2^-10, sums of many by some 5 standard deviations at the worst of 10^4 results.
                var row = new Row
                {
                    Op = $"{work.Operation} against the processor",
                    Shape = work.Shape,
                    Kernel = work.MemoryBound ? "" : device.Products,
                    Difference = Difference.Largest(found.Result(), expected.Result()),
                    Tolerance = !work.MemoryBound && HasTensorCores(device) ? 1e-2 : 1e-4,
                };
                _wrong |= row.Wrong;
                Add(row);
            }
        }
    }

    public void Measure(Work work)
    {
        foreach (GpuBackend device in Fit(work))
        {
            using BackendWork prepared = work.Prepare(device, DType.F16);
            Add(Measured(work, prepared.Flops, device, Seconds(device, prepared.Run)));
        }
    }

    public void Measure(NetworkWork network, int rounds)
    {
        NetworkTimes times = Evaluate(network, rounds);
        Row row = Measured(network, times.Flops, _fastest, times.Steady);
        Add(row with { PeakMb = Row.Megabytes(times.Memory.Peak), WeightsMb = Row.Megabytes(times.Memory.Weights), Note = string.Join("; ", new[] { $"{times}", row.Note }.OfType<string>()) });
    }

    /// <summary>Writes the page; false if a result was wrong.</summary>
    public bool End()
    {
        File.WriteAllText(Path.Combine(_folder, "README.md"), ResultPage.Write([_file], _folder));
        Console.WriteLine($"{Path.GetFullPath(_folder)}: gpu.jsonl, README.md; {Stopwatch.GetElapsedTime(_began).TotalSeconds:F0} s");
        return !_wrong;
    }

    public void Dispose()
    {
        foreach (GpuBackend backend in _backends.Append(_fastest).Distinct()) backend.Dispose();
    }

    GpuBackend[] Fit(Work work) => work.MemoryBound ? [_fastest] : _backends;

    static bool HasTensorCores(GpuBackend device) => device.Products.Contains("tensor cores", StringComparison.Ordinal);

    // Median of one run over rounds of many, launches included and hidden behind each other.
    double Seconds(GpuBackend backend, Action run)
    {
        using var small = backend.CreateTensor(new Shape(1));
        byte[] drain = new byte[sizeof(float)];
        backend.Fill(0f, small);

        double Time(int count)
        {
            long began = Stopwatch.GetTimestamp();
            for (int i = 0; i < count; i++) run();
            backend.Download(small, drain);
            return Stopwatch.GetElapsedTime(began).TotalSeconds / count;
        }

        Time(1); // compiles
        int runs = (int)Math.Clamp(RoundSeconds / Math.Max(Time(2), 1e-7), 1, 10_000);
        return Samples.MedianOf(Enumerable.Range(0, Rounds).Select(_ => Time(runs)));
    }

    Row Measured(Work work, double flops, GpuBackend device, double seconds)
    {
        double rate = (work.MemoryBound ? work.Bytes : flops) / seconds * 1e-9;
        double peak = work.MemoryBound ? _facts.GigabytesPerSecond : 1e3 * (HasTensorCores(device) ? _facts.HalfTflops : _facts.SingleTflops);
        var (peerSeconds, error) = _peer!.Of(work);
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

    void Add(Row row)
    {
        Write(ResultFile.Line(row with { Command = "device" }));
        Console.WriteLine($"{row.Op} {row.Shape} {row.Kernel}: {(row.Ms is { } ms ? $"{ms:F3} ms" : $"off by {row.Difference:E1} of {row.Tolerance:E0}{(row.Wrong ? " WRONG" : "")}")}"
            + $"{(row.Ratio is { } ratio ? $", {ratio:F2} times PyTorch's speed" : "")}");
    }

    void Write(string line) => File.AppendAllText(_file, line + "\n");
}
