using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using PgpSr.Benchmarks.Gpu;
using PgpSr.Cpu;
using PgpSr.Gpu;
using PgpSr.Models;
using PgpSr.Tensors;

// One GPU, measured: right results, products, memory-bound kernels, transforms, a whole UNet; beside PyTorch where the machine has it.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
long began = Stopwatch.GetTimestamp();
var options = new Dictionary<string, string>(StringComparer.Ordinal);
for (int i = 0; i < args.Length; i++)
{
    if (args[i] is "--dry" or "--middle" or "--help") options[args[i]] = "";
    else if (args[i].StartsWith("--", StringComparison.Ordinal) && i + 1 < args.Length) options[args[i]] = args[++i];
    else return Usage($"'{args[i]}' is not understood");
}
if (options.ContainsKey("--help") || options.Keys.Except(["--device", "--out", "--python", "--only", "--seconds", "--products", "--dry", "--middle", "--help"]).Any()) return Usage("");

bool dry = options.ContainsKey("--dry");
string folder = options.GetValueOrDefault("--out", "gpu-results");
double roundSeconds = double.Parse(options.GetValueOrDefault("--seconds", dry ? "0.01" : "0.2"), CultureInfo.InvariantCulture);
string[] only = options.TryGetValue("--only", out string? groups) ? groups.Split(',') : ["check", "linear", "conv", "attention", "memory", "fft", "unet"];

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
using var peer = device.Api == GpuApi.Cuda ? Peer.TryStart(options.GetValueOrDefault("--python", "python3"), out string peerReason) : NoPeer(out peerReason);
var report = new Report(
    device, DeviceFacts.Of(device), peer?.Name ?? $"not measured ({peerReason})",
    $"ILGPU {typeof(ILGPU.Context).Assembly.GetName().Version}, .NET {Environment.Version}, {DateTime.UtcNow:yyyy-MM-dd}");

using (var small = backend.CreateTensor(new Shape(1))) report.LaunchSeconds = QueueTimer.Measure(backend, () => backend.Fill(0f, small), roundSeconds);

// Products by the fastest kernels, and by those for devices without tensor cores, where that is another answer.
using var plain = Open(TensorCoreUse.Off);
var backends = backend.Products == plain.Products ? new[] { backend } : [backend, plain];
if (only.Contains("check"))
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
foreach (var work in (dry ? Works.Small : options.ContainsKey("--middle") ? Works.Middle : Works.Full).Where(w => only.Contains(w.Group)))
{
    string peerError = peerReason;
    double? peerSeconds = peer?.Measure(work.Peer, out peerError);
    foreach (var b in work.Flops > 0 ? backends : [backend])
    {
        double seconds;
        using (var prepared = work.Prepare(b)) seconds = QueueTimer.Measure(b, prepared.Run, roundSeconds);
        report.Rows.Add(new ResultRow(work.Group, work.Name, work.Flops > 0 ? b.Products : "", seconds, work.Flops, work.Bytes, peerSeconds, peerError));
        string rate = work.Flops > 0 ? $"{work.Flops / seconds * 1e-12:G4} TFLOP/s" : $"{work.Bytes / seconds * 1e-9:G4} GB/s";
        Console.WriteLine($"{work.Name}: {seconds * 1e3:F3} ms, {rate}{(peerSeconds is { } p ? $", PyTorch {p * 1e3:F3} ms ({p / seconds:F2}x)" : "")}");
    }
    report.Write(folder);
}
if (only.Contains("unet"))
{
    var config = dry ? Tiny() : UnetConfig.Sdxl;
    int side = dry ? 16 : 128;
    report.UnetName = $"{(dry ? "a tiny UNet" : "SDXL")}, 1 x {side} x {side}";
    report.UnetPeerSeconds = dry ? null : peer?.Measure(new PeerCall("unet", 1, side), out _);
    report.Unet = UnetEvaluation.Measure(backend, config, side, rows: 1, rounds: dry ? 1 : 5);
    Console.WriteLine($"{report.UnetName}: {report.Unet.Seconds * 1e3:F1} ms");
}
report.Write(folder);
Console.WriteLine($"{Path.GetFullPath(folder)}: gpu.md, gpu.json; {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s");
return report.Checks.TrueForAll(c => c.Difference <= c.Allowed) && report.Unet?.Finite != false ? 0 : 3;

GpuBackend Open(TensorCoreUse cores) => GpuBackend.Create(new GpuBackendOptions
{
    Device = options.GetValueOrDefault("--device"),
    Precision = GpuPrecision.F16,
    TensorCores = cores,
    Products = options.TryGetValue("--products", out string? products) ? Enum.Parse<GpuProductsKind>(products, ignoreCase: true) : null,
});

static Peer? NoPeer(out string reason)
{
    reason = "the peer runs on CUDA only";
    return null;
}

static UnetConfig Tiny() => new()
{
    Down = [new(32, 2, ImmutableArray.Create(1), true), new(64, 2, ImmutableArray.Create(1), false)],
    Middle = new(64, 2, 1),
    Up = [new(64, 2, ImmutableArray.Create(1, 1), true), new(32, 2, ImmutableArray.Create(1, 1), false)],
    ContextChannels = 48,
    AddedCondition = new(8, 16),
};

static int Usage(string problem)
{
    if (problem.Length > 0) Console.Error.WriteLine(problem);
    Console.Error.WriteLine("""
        pgpsr-gpubench [--device cuda:0|opencl:0|simulated] [--out FOLDER] [--python python3] [--only check,linear,conv,attention,memory,fft,unet]
                       [--seconds 0.2] [--products naive|tiled|tensorcores] [--dry | --middle]
        Writes gpu.md and gpu.json into FOLDER. --dry: small sizes, to see that everything runs; --middle: sizes for a
        processor that stands in for a device (a whole UNet stays large).
        Exit code: 0 measured, 1 no device, 2 usage, 3 a result is wrong.
        """);
    return problem.Length > 0 ? 2 : 0;
}
