using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using PgpSr.Cli;
using PgpSr.Cpu;
using PgpSr.ModelBench;
using PgpSr.Models;
using PgpSr.Tensors;
using PgpSr.Testing;

// Whole networks at full size, with generated weights: speed against the machine's limit, memory, loading.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var arguments = new Queue<string>(args);
string verb = arguments.TryDequeue(out string? first) ? first : "help";
var options = new Dictionary<string, string>();
var plain = new List<string>();
while (arguments.TryDequeue(out string? argument))
{
    if (argument.StartsWith("--", StringComparison.Ordinal) && arguments.TryDequeue(out string? value)) options[argument] = value;
    else plain.Add(argument);
}
DType type = Enum.Parse<DType>(options.GetValueOrDefault("--dtype", "F16"), ignoreCase: true);
int rounds = int.Parse(options.GetValueOrDefault("--rounds", "3"));
int side = int.Parse(options.GetValueOrDefault("--latent", "64"));
long seed = long.Parse(options.GetValueOrDefault("--seed", "1"));

switch (verb)
{
    case "synthesize" when plain.Count == 2:
        Synthesis.Write(NamedModel.Find(plain[0]), plain[1], type, seed);
        return 0;
    case "evaluate" when plain.Count >= 1:
        foreach (string name in plain) Evaluate(NamedModel.Find(name));
        return 0;
    case "load" when plain.Count == 2:
        Load(NamedModel.Find(plain[0]), plain[1]);
        return 0;
    default:
        Console.WriteLine($"""
            synthesize MODEL FOLDER [--dtype F16|BF16|F32] [--seed 1]     writes a checkpoint of generated weights
            evaluate MODEL [MODEL ...] [--latent 64] [--rounds 3] [--dtype F16] [--winograd 1] [--profile 1]   speed and memory of one evaluation
            load MODEL FOLDER [--rounds 3] [--before-each 'sync; echo 3 > /proc/sys/vm/drop_caches']
                               time of loading against reading the same files once
            MODEL is the config.json of a UNet or one of: {string.Join(", ", NamedModel.All.Select(m => m.Name))}
            """);
        return verb == "help" ? 0 : 2;
}

void Evaluate(NamedModel model)
{
    using var backend = Create();
    using var source = new GeneratedSource(seed, model.Tensors, type: type);
    using var network = model.Load(source, backend);
    var plan = Workspace.Plan(backend, ws => network.Evaluate(ws, side));
    using var ws = new Workspace(backend);
    ws.Reserve(plan);
    network.Evaluate(ws, side);
    var times = new List<double>();
    var peaks = new List<double>();
    if (options.ContainsKey("--profile")) ws.Profile = new Profile();
    for (int round = 0; round < rounds; round++)
    {
        peaks.Add(1e-9 * MultiplyAddPeak.Measure(backend.Threads, windows: 30));
        long start = Stopwatch.GetTimestamp();
        network.Evaluate(ws, side);
        times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
    }
    times.Sort();
    peaks.Sort();
    double seconds = times[times.Count / 2], peak = peaks[peaks.Count / 2], gflops = 2e-9 * plan.MultiplyAdds / seconds;
    Console.WriteLine(JsonSerializer.Serialize(new Dictionary<string, object>
    {
        ["model"] = model.Name,
        ["dtype"] = type.ToString(),
        ["latent"] = side,
        ["seconds"] = Math.Round(seconds, 3),
        ["gmac"] = Math.Round(plan.MultiplyAdds * 1e-9, 1),
        ["gflops"] = Math.Round(gflops, 1),
        ["peak_gflops"] = Math.Round(peak, 1),
        ["fraction_of_peak"] = Math.Round(gflops / peak, 3),
        ["activation_peak_mb"] = Math.Round(plan.PeakBytes / 1048576.0, 1),
        ["arena_mb"] = Math.Round(ws.ReservedBytes / 1048576.0, 1),
        ["scratch_mb"] = Math.Round(backend.ScratchBytes / 1048576.0, 1),
        ["weights_mb"] = Math.Round(network.WeightBytes() / 1048576.0, 1),
        ["resident_peak_mb"] = Math.Round(Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0, 1),
    }));
    if (ws.Profile is not null) Console.WriteLine(ws.Profile);
}

void Load(NamedModel model, string folder)
{
    // To read from the disk and not from the system's memory, a command that empties its file cache is run before each part.
    string dropCaches = options.GetValueOrDefault("--before-each", "");
    string[] files = [.. model.Files.Select(f => Path.Combine(folder, f.File))];
    var reading = new List<double>();
    var loading = new List<double>();
    for (int round = 0; round < rounds; round++)
    {
        long start;
        if (dropCaches.Length > 0) Run(dropCaches);
        start = Stopwatch.GetTimestamp();
        foreach (string file in files) ReadOnce(file);
        reading.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        if (dropCaches.Length > 0) Run(dropCaches);
        using var backend = Create();
        start = Stopwatch.GetTimestamp();
        WeightSource source = SafetensorsSource.Open(files[0]);
        foreach (string file in files[1..]) source = new OverlaySource(source, SafetensorsSource.Open(file));
        using (source)
        {
            using var network = model.Load(source, backend);
            loading.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
    }
    reading.Sort();
    loading.Sort();
    double read = reading[rounds / 2], load = loading[rounds / 2];
    double megabytes = Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0;
    Console.WriteLine($$"""{"model": "{{model.Name}}", "read_seconds": {{read:F2}}, "load_seconds": {{load:F2}}, "ratio": {{load / read:F2}},"""
        + $$""" "bytes": {{files.Sum(f => new FileInfo(f).Length)}}, "resident_peak_mb": {{megabytes:F0}}}""");
}

CpuBackend Create() => CpuBackend.Create(new CpuBackendOptions { Winograd = options.GetValueOrDefault("--winograd", "1") != "0" });

static void Run(string command)
{
    using var process = Process.Start("/bin/sh", ["-c", command]);
    process.WaitForExit();
}

static void ReadOnce(string file)
{
    using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
    byte[] buffer = new byte[1 << 20];
    while (stream.Read(buffer) > 0)
    {
    }
}
