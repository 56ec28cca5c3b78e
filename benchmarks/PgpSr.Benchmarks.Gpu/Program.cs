using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using PgpSr.Benchmarks.Gpu;
using PgpSr.Cpu;
using PgpSr.Gpu;
using PgpSr.Models;
using PgpSr.Tensors;

// One GPU, measured: right results, products, memory-bound kernels, transforms, a whole UNet; beside PyTorch's kernels where the machine has them.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
long began = Stopwatch.GetTimestamp();
if (args is [TorchPeer.Argument, var libtorch]) return TorchPeer.Run(libtorch);
if (BenchmarkOptions.Parse(args, out string problem) is not { } options)
{
    Console.Error.WriteLine(problem);
    Console.Error.WriteLine(BenchmarkOptions.Usage);
    return 2;
}
if (options.Help)
{
    Console.WriteLine(BenchmarkOptions.Usage);
    return 0;
}

GpuBackend backend;
try
{
    backend = Open(TensorCoreUse.Auto);
}
catch (GpuException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
using var main = backend;
var device = backend.Device;
Console.WriteLine($"{backend.Name}: {backend.Products}");
using var peer = Peer.TryStart(options.LibTorch, out string peerReason);
var report = new Report(
    device, DeviceFacts.Of(device), peer?.Name ?? $"not measured ({peerReason})",
    $"ILGPU {typeof(ILGPU.Context).Assembly.GetName().Version}, .NET {Environment.Version}, {DateTime.UtcNow:yyyy-MM-dd}");

using (var small = backend.CreateTensor(new Shape(1))) report.LaunchSeconds = QueueTimer.Measure(backend, () => backend.Fill(0f, small), options.RoundSeconds);

// Products by the fastest kernels, and by those for devices without tensor cores, where that is another answer.
using var plain = Open(TensorCoreUse.Off);
var backends = backend.Products == plain.Products ? new[] { backend } : [backend, plain];
if (options.Only.Contains("check"))
{
    using var processor = CpuBackend.Create();
    foreach (var work in Works.Small)
    {
        foreach (var b in work.Flops > 0 ? backends : [backend])
        {
            // Factors of 11 bits: each product is off by up to 2^-10, sums of many by some 5 standard deviations at the worst of 10^4 results.
            double allowed = work.Flops > 0 && b.Products.Contains("tensor cores", StringComparison.Ordinal) ? 1e-2 : 1e-4;
            double difference = Checks.Difference(work, b, processor);
            report.Checks.Add((work.Name, b.Products, difference, allowed));
            Console.WriteLine($"{work.Name}, {b.Products}: {difference:E1} of {allowed:E0} {(difference <= allowed ? "right" : "WRONG")}");
        }
    }
}
foreach (var work in (options.Dry ? Works.Small : options.Middle ? Works.Middle : Works.Full).Where(w => options.Only.Contains(w.Group)))
{
    string peerError = peerReason;
    double? peerSeconds = peer?.Measure(work.Peer, out peerError);
    foreach (var b in work.Flops > 0 ? backends : [backend])
    {
        double seconds;
        using (var prepared = work.Prepare(b)) seconds = QueueTimer.Measure(b, prepared.Run, options.RoundSeconds);
        report.Rows.Add(new ResultRow(work.Group, work.Name, work.Flops > 0 ? b.Products : "", seconds, work.Flops, work.Bytes, peerSeconds, peerError));
        string rate = work.Flops > 0 ? $"{work.Flops / seconds * 1e-12:G4} TFLOP/s" : $"{work.Bytes / seconds * 1e-9:G4} GB/s";
        Console.WriteLine($"{work.Name}: {seconds * 1e3:F3} ms, {rate}{(peerSeconds is { } p ? $", PyTorch {p * 1e3:F3} ms ({p / seconds:F2}x)" : "")}");
    }
    report.Write(options.Folder);
}
if (options.Only.Contains("unet"))
{
    var config = options.Dry ? Tiny() : UnetConfig.Sdxl;
    int side = options.Dry ? 16 : 128;
    report.UnetName = $"{(options.Dry ? "a tiny UNet" : "SDXL")}, 1 x {side} x {side}";
    report.UnetPeerError = options.Dry ? "a tiny network is compared with nothing" : peerReason;
    if (!options.Dry && peer is not null)
    {
        report.UnetPeerSeconds = peer.Measure(new PeerCall("unet", 1, side), out string unetError);
        report.UnetPeerError = unetError;
    }
    report.Unet = UnetEvaluation.Measure(backend, config, side, rows: 1, rounds: options.Dry ? 1 : 5);
    Console.WriteLine($"{report.UnetName}: {report.Unet.Seconds * 1e3:F1} ms");
}
report.Write(options.Folder);
Console.WriteLine($"{Path.GetFullPath(options.Folder)}: gpu.md, gpu.json; {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s");
return report.Checks.TrueForAll(c => c.Difference <= c.Allowed) && report.Unet?.Finite != false ? 0 : 3;

GpuBackend Open(TensorCoreUse cores) => GpuBackend.Create(new GpuBackendOptions
{
    Device = options.Device,
    Precision = GpuPrecision.F16,
    TensorCores = cores,
    Products = options.Products,
});

static UnetConfig Tiny() => new()
{
    Down = [new(32, 2, ImmutableArray.Create(1), true), new(64, 2, ImmutableArray.Create(1), false)],
    Middle = new(64, 2, 1),
    Up = [new(64, 2, ImmutableArray.Create(1, 1), true), new(32, 2, ImmutableArray.Create(1, 1), false)],
    ContextChannels = 48,
    AddedCondition = new(8, 16),
};
