using System.CommandLine;
using PgpSr.Gpu;

namespace PgpSr.Benchmarks;

/// <summary><c>device</c>: one GPU; right results, products, memory-bound kernels, transforms, whole networks; beside PyTorch's where a Python has it.</summary>
sealed class DeviceCommand : Command
{
    static readonly string[] s_groups = ["warmup", "check", "linear", "conv", "attention", "memory", "fft", "networks"];

    public DeviceCommand()
        : base("device", "The list of work on one GPU. Exit code: 0 measured, 1 no device, 2 usage, 3 a result is wrong.")
    {
        Option<string?> device = new("--device") { Description = "cuda:0, opencl:0, simulated" };
        Option<string> folder = new("--out") { Description = "where gpu.jsonl and README.md go", DefaultValueFactory = _ => "gpu-results" };
        Option<string[]> only = WorkOptions.Names("--only", $"groups: {string.Join(",", s_groups)}", s_groups, s_groups);
        Option<int> round = WorkOptions.Number("--round-ms", "of a round of runs", 200, 60_000);
        Option<GpuProductsKind?> products = new("--products") { Description = "naive, tiled or tensorcores; default: the fastest there is" };
        Option<string?> python = new("--python") { Description = "Python with PyTorch, which the same work is measured with" };
        Option<bool> ilgpu = new("--ilgpu") { Description = "kernels that ILGPU compiles while running, instead of those compiled beforehand" };
        Option<bool> dry = new("--dry") { Description = "small sizes, to see that everything runs" };
        Option<bool> middle = new("--middle") { Description = "sizes for a processor that stands in for a device (a whole UNet stays large)" };
        foreach (Option option in (Option[])[device, folder, only, round, products, python, ilgpu, dry, middle]) Options.Add(option);
        SetAction(line =>
        {
            bool small = line.GetValue(dry);
            string[] asked = line.GetValue(only)!;
            IReadOnlyList<Work> works = small ? WorkList.DeviceSmall : line.GetValue(middle) ? WorkList.DeviceMiddle : WorkList.Device;
            try
            {
                using var run = new DeviceRun(line.GetValue(folder)!, small ? 0.01 : line.GetValue(round) * 1e-3, cores => GpuBackend.Create(new GpuBackendOptions
                {
                    Device = line.GetValue(device),
                    Precision = GpuPrecision.F16,
                    TensorCores = cores,
                    Products = line.GetValue(products),
                    CompiledKernels = !line.GetValue(ilgpu),
                }));
                NetworkWork Shipped(int side) => new(NetworkList.Find("pgp-s1-x4"), side);
                // Before anything else takes the processor.
                NetworkTimes? first = asked.Contains("warmup") ? run.Evaluate(Shipped(small ? 16 : 64), DeviceRun.Rounds) : null;
                Work[] chosen = [.. works.Where(work => asked.Contains(Group(work)))];
                // The default model at the size that is promised, and SDXL's UNet.
                NetworkWork[] networks = !asked.Contains("networks") ? [] : small ? [Shipped(16)] : [Shipped(512), new(NetworkList.Find("sdxl"), 128)];
                run.Begin(PythonPeer.Measure(line.GetValue(python), run.RoundSeconds, [.. chosen, .. networks]), line.GetValue(ilgpu) ? "compiled by ILGPU" : "compiled beforehand");
                if (first is not null) run.WarmUp(first);
                if (asked.Contains("check")) run.Check(WorkList.DeviceSmall);
                foreach (Work work in chosen) run.Measure(work);
                foreach (NetworkWork network in networks) run.Measure(network, small ? 1 : DeviceRun.Rounds);
                return run.End() ? 0 : 3;
            }
            catch (GpuException e)
            {
                Console.Error.WriteLine(e.Message);
                return 1;
            }
        });
    }

    static string Group(Work work) => work switch
    {
        LinearWork => "linear",
        ConvWork => "conv",
        AttentionWork => "attention",
        FftWork => "fft",
        _ => "memory",
    };
}
