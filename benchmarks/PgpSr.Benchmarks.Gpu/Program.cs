using System.Diagnostics;
using System.Globalization;
using PgpSr.Benchmarks;
using PgpSr.Cpu;
using PgpSr.Gpu;
using PgpSr.Tensors;

// One GPU, measured: right results, products, memory-bound kernels, transforms, a whole UNet; beside PyTorch's kernels where the machine has them.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
long began = Stopwatch.GetTimestamp();
if (DeviceOptions.Parse(args, out int code) is not { } options) return code;

const int Rounds = 5;
GpuBackend backend;
long opening = Stopwatch.GetTimestamp();
try
{
    backend = Open(TensorCoreUse.Auto);
}
catch (GpuException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
double opened = Stopwatch.GetElapsedTime(opening).TotalSeconds;
using var main = backend;
Console.WriteLine($"{backend.Name}: {backend.Products}");
// Before anything else takes the processor.
NetworkTimes? warm = options.Asked("warmup") ? NetworkTimes.Of(options.WarmUp, backend, Rounds) : null;
bool wrong = warm is { IsFinite: false };
using var peer = PythonPeer.TryStart(options.Python, options.RoundSeconds, out string peerReason);
DeviceFacts facts = DeviceFacts.Of(backend.Device);
Directory.CreateDirectory(options.Folder);
string file = Path.Combine(options.Folder, "gpu.jsonl");
File.WriteAllText(file, "");
Write(ResultFile.Line(new Machine
{
    Cpu = $"{backend.Device.Name} ({backend.Device.Id})",
    System = $"{backend.Device.Details}; {facts.Clocks}; binary16 {facts.HalfTflops:F0} TFLOP/s",
    Runtime = $".NET {Environment.Version}",
    Versions = [options.CompiledKernels ? "kernels compiled beforehand" : "kernels compiled by ILGPU", peer?.Name ?? $"PyTorch not measured ({peerReason})"],
    Utc = DateTime.UtcNow,
    PeakGflops = 1e3 * facts.SingleTflops,
    BandwidthGbs = facts.GigabytesPerSecond,
}));

if (warm is not null)
{
    string kernels = options.CompiledKernels ? "compiled beforehand" : "compiled by ILGPU";
    string note = FormattableString.Invariant($"opened in {opened:F2} s; {warm}");
    Add(new Row { Op = "warm-up", Shape = options.WarmUp.Shape, Kernel = kernels, Ms = 1e3 * (opened + warm.Load + warm.First), Note = note });
    Add(new Row { Op = "evaluation", Shape = options.WarmUp.Shape, Kernel = kernels, Ms = 1e3 * warm.Steady });
}
using (var small = backend.CreateTensor(new Shape(1)))
{
    double launch = QueueTimer.Measure(backend, () => backend.Fill(0f, small), options.RoundSeconds);
    Add(new Row { Op = "launch", Shape = "1", Kernel = "a queued operation, on the host", Ms = launch * 1e3 });
}

// Products by the fastest kernels, and by those for devices without tensor cores, where that is another answer.
using var plain = Open(TensorCoreUse.Off);
GpuBackend[] backends = backend.Products == plain.Products ? [backend] : [backend, plain];
if (options.Asked("check"))
{
    using var processor = CpuBackend.Create();
    foreach (Work work in WorkList.DeviceSmall)
        foreach (GpuBackend b in work.MemoryBound ? [backend] : backends) Check(work, b, processor);
}
foreach (Work work in options.Works)
{
    string peerError = peerReason;
    double? peerSeconds = peer?.Measure(work, out peerError);
    foreach (GpuBackend b in work.MemoryBound ? [backend] : backends)
    {
        using BackendWork prepared = work.Prepare(b, DType.F16);
        Add(Measured(work, prepared.Flops, b, QueueTimer.Measure(b, prepared.Run, options.RoundSeconds), peerSeconds, peerError));
    }
}
foreach (NetworkWork network in options.Asked("networks") ? options.Networks : [])
{
    string peerError = peerReason;
    double? peerSeconds = peer?.Measure(network, out peerError);
    NetworkTimes times = NetworkTimes.Of(network, backend, options.Dry ? 1 : Rounds);
    wrong |= !times.IsFinite;
    Add(Measured(network, times.Flops, backend, times.Steady, peerSeconds, peerError) with
    {
        PeakMb = times.Memory.Peak / 1048576.0,
        WeightsMb = times.Memory.Weights / 1048576.0,
        Note = $"{times}{(peerError.Length > 0 ? $"; PyTorch: {peerError}" : "")}",
    });
}
File.WriteAllText(Path.Combine(options.Folder, "README.md"), ResultPage.Write([file], options.Folder));
Console.WriteLine($"{Path.GetFullPath(options.Folder)}: gpu.jsonl, README.md; {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s");
return wrong ? 3 : 0;

GpuBackend Open(TensorCoreUse cores) => GpuBackend.Create(new GpuBackendOptions
{
    Device = options.Device,
    Precision = GpuPrecision.F16,
    TensorCores = cores,
    Products = options.Products,
    CompiledKernels = options.CompiledKernels,
});

void Check(Work work, GpuBackend device, CpuBackend processor)
{
    using BackendWork found = work.Prepare(device, DType.F16), expected = work.Prepare(processor, DType.F16);
    found.Run();
    expected.Run();
    // Factors of 11 bits: each product is off by up to 2^-10, sums of many by some 5 standard deviations at the worst of 10^4 results.
    double allowed = !work.MemoryBound && device.Products.Contains("tensor cores", StringComparison.Ordinal) ? 1e-2 : 1e-4;
    var row = new Row
    {
        Op = $"{work.Operation} against the processor",
        Shape = work.Shape,
        Kernel = work.MemoryBound ? "" : device.Products,
        Difference = Difference.Largest(found.Result(), expected.Result()),
        Tolerance = allowed,
    };
    wrong |= row.Wrong;
    Add(row);
}

Row Measured(Work work, double flops, GpuBackend device, double seconds, double? peerSeconds, string peerError)
{
    double rate = (work.MemoryBound ? work.Bytes : flops) / seconds * 1e-9;
    double peak = work.MemoryBound ? facts.GigabytesPerSecond
        : 1e3 * (device.Products.Contains("tensor cores", StringComparison.Ordinal) ? facts.HalfTflops : facts.SingleTflops);
    return new Row
    {
        Op = work.Operation,
        Shape = work.Shape,
        Kernel = work.MemoryBound ? "" : device.Products,
        Ms = seconds * 1e3,
        Gflops = work.MemoryBound ? null : rate,
        Gbs = work.MemoryBound ? rate : null,
        FractionOfPeak = peak > 0 ? rate / peak : null,
        Peer = peerSeconds is null ? null : "torch",
        PeerForm = peerSeconds is null ? null : "float16",
        PeerMs = peerSeconds * 1e3,
        Ratio = peerSeconds / seconds,
        Note = peerSeconds is null ? $"PyTorch: {peerError}" : null,
    };
}

void Add(Row row)
{
    string json = ResultFile.Line(row with { Command = row.Command ?? "PgpSr.Benchmarks.Gpu" });
    Write(json);
    Console.WriteLine($"{row.Op} {row.Shape} {row.Kernel}: {(row.Ms is { } ms ? $"{ms:F3} ms" : $"off by {row.Difference:E1} of {row.Tolerance:E0}{(row.Wrong ? " WRONG" : "")}")}"
        + $"{(row.Ratio is { } ratio ? $", {ratio:F2} times PyTorch's speed" : "")}");
}

void Write(string line) => File.AppendAllText(file, line + "\n");
