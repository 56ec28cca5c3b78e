using System.CommandLine;
using System.Diagnostics;
using PgpSr.Gpu;

namespace PgpSr.Benchmarks;

/// <summary><c>device</c>: one GPU; right results, products, memory-bound kernels, transforms, whole networks; beside PyTorch's where a Python has it.</summary>
sealed class DeviceCommand : Command
{
    const int Rounds = 5;

    static readonly string[] s_groups = ["warmup", "check", "linear", "conv", "attention", "memory", "fft", "networks"];

    readonly Option<string?> _device = new("--device") { Description = "cuda:0, opencl:0, simulated" };
    readonly Option<string> _folder = WorkCommand.Text("--out", "where gpu.jsonl and README.md go", "gpu-results");
    readonly Option<string[]> _only = WorkCommand.Names("--only", $"groups: {string.Join(",", s_groups)}", s_groups, s_groups);
    readonly Option<int> _round = WorkCommand.Number("--round-ms", "of a round of runs", 200, 60_000);
    readonly Option<GpuProductsKind?> _products = new("--products") { Description = "naive, tiled or tensorcores; default: the fastest there is" };
    readonly Option<string?> _python = new("--python") { Description = "Python with PyTorch, which the same work is measured with" };
    readonly Option<bool> _ilgpu = new("--ilgpu") { Description = "kernels that ILGPU compiles while running, instead of those compiled beforehand" };
    readonly Option<bool> _dry = new("--dry") { Description = "small sizes, to see that everything runs" };

    public DeviceCommand()
        : base("device", "The list of work on one GPU. Exit code: 0 measured, 1 no device, 2 usage, 3 a result is wrong.")
    {
        foreach (Option option in (Option[])[_device, _folder, _only, _round, _products, _python, _ilgpu, _dry]) Options.Add(option);
        SetAction(line =>
        {
            try
            {
                return Run(line);
            }
            catch (GpuException e)
            {
                Console.Error.WriteLine(e.Message);
                return 1;
            }
        });
    }

    int Run(ParseResult line)
    {
        long began = Stopwatch.GetTimestamp();
        string folder = Directory.CreateDirectory(line.GetValue(_folder)!).FullName, file = Path.Combine(folder, "gpu.jsonl");
        string[] asked = line.GetValue(_only)!;
        bool small = line.GetValue(_dry);
        double seconds = small ? 0.01 : line.GetValue(_round) * 1e-3;
        int rounds = small ? 1 : Rounds;
        GpuBackend Open(TensorCoreUse cores) => GpuBackend.Create(new GpuBackendOptions
        {
            Device = line.GetValue(_device),
            Precision = GpuPrecision.F16,
            TensorCores = cores,
            Products = line.GetValue(_products),
            CompiledKernels = !line.GetValue(_ilgpu),
        });
        using GpuBackend fastest = Open(TensorCoreUse.Auto);
        double opened = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Console.WriteLine($"{fastest.Name}: {fastest.Products}");
        File.Delete(file);
        NetworkWork Shipped(int side) => new(NetworkList.Find("pgp-s1-x4"), side);
        // Before anything else takes the processor.
        var first = new DeviceRun(fastest, seconds, null);
        Row[] waited = asked.Contains("warmup") ? [.. first.WarmUp(Shipped(small ? 16 : 64), opened, rounds)] : [];
        Work[] chosen = [.. (small ? WorkList.DeviceSmall : WorkList.Device).Where(work => asked.Contains(Group(work)))];
        // The default model at the size that is promised, and SDXL's UNet.
        NetworkWork[] networks = !asked.Contains("networks") ? [] : small ? [Shipped(16)] : [Shipped(512), new(NetworkList.Find("sdxl"), 128)];
        PythonPeer peer = PythonPeer.Measure(line.GetValue(_python), seconds, [.. chosen, .. networks]);

        // Products by the fastest kernels, and by those for devices without tensor cores, where that is another answer.
        using GpuBackend plain = Open(TensorCoreUse.Off);
        DeviceRun run = new(fastest, seconds, peer), other = new(plain, seconds, peer);
        DeviceRun[] Fit(Work work) => work.MemoryBound || plain.Products == fastest.Products ? [run] : [run, other];
        var table = new ConsoleTable(file);
        table.Begin(run.Machine(line.GetValue(_ilgpu) ? "compiled by ILGPU" : "compiled beforehand"));
        // Told one by one: a run that is cut short has what it measured.
        IEnumerable<Row> rows = waited.Prepend(run.Launch())
            .Concat((asked.Contains("check") ? WorkList.DeviceSmall : []).SelectMany(work => Fit(work).Select(device => device.Check(work))))
            .Concat(chosen.SelectMany(work => Fit(work).Select(device => device.Measure(work))))
            .Concat(networks.Select(network => run.Evaluate(network, rounds)));
        foreach (Row row in rows) table.Add(row with { Command = "device" });
        File.WriteAllText(Path.Combine(folder, "README.md"), ResultPage.Write([file], folder));
        Console.WriteLine($"{folder}: gpu.jsonl, README.md; {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s");
        return table.Wrong ? 3 : 0;
    }

    static string Group(Work work) => work switch
    {
        LinearWork => "linear",
        ConvWork => "conv",
        AttentionWork => "attention",
        MapWork { Kind: MapWork.Fft } => "fft",
        _ => "memory",
    };
}
