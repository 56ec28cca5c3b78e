using System.CommandLine;
using PgpSr.Gpu;

namespace PgpSr.Benchmarks;

/// <summary>The command line.</summary>
sealed class DeviceOptions
{
    static readonly string[] s_groups = ["warmup", "check", "linear", "conv", "attention", "memory", "fft", "networks"];

    readonly Option<string?> _device = new("--device") { Description = "cuda:0, opencl:0, simulated" };
    readonly Option<string> _folder = new("--out") { Description = "where gpu.jsonl and README.md go", DefaultValueFactory = _ => "gpu-results" };
    readonly Option<string> _only = new("--only") { Description = $"groups: {string.Join(",", s_groups)}", DefaultValueFactory = _ => string.Join(',', s_groups) };
    readonly Option<double?> _seconds = new("--seconds") { Description = "of a round of runs, 0.2 by default" };
    readonly Option<GpuProductsKind?> _products = new("--products") { Description = "naive, tiled or tensorcores; default: the fastest there is" };
    readonly Option<string?> _python = new("--python") { Description = "Python with PyTorch, which the same work is measured with" };
    readonly Option<bool> _ilgpu = new("--ilgpu") { Description = "kernels that ILGPU compiles while running, instead of those compiled beforehand" };
    readonly Option<bool> _dry = new("--dry") { Description = "small sizes, to see that everything runs" };
    readonly Option<bool> _middle = new("--middle") { Description = "sizes for a processor that stands in for a device (a whole UNet stays large)" };
    readonly ParseResult _line;

    DeviceOptions(string[] args)
    {
        var root = new RootCommand("The list of work on one GPU. Exit code: 0 measured, 1 no device, 2 usage, 3 a result is wrong.")
        {
            _device, _folder, _only, _seconds, _products, _python, _ilgpu, _dry, _middle,
        };
        _only.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>()!.Split(',').FirstOrDefault(g => !s_groups.Contains(g)) is { } unknown)
                result.AddError($"--only {unknown}: expected some of {string.Join(", ", s_groups)}");
        });
        _seconds.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(double.TryParse(token.Value, out double seconds) && seconds is > 0 and <= 60)) result.AddError("--seconds: expected a number above 0, up to 60");
        });
        _line = root.Parse(args);
    }

    public bool Dry => _line.GetValue(_dry);

    public string? Device => _line.GetValue(_device);

    public string Folder => _line.GetValue(_folder)!;

    public double RoundSeconds => _line.GetValue(_seconds) ?? (Dry ? 0.01 : 0.2);

    public GpuProductsKind? Products => _line.GetValue(_products);

    public string? Python => _line.GetValue(_python);

    /// <summary>How kernels come to the device.</summary>
    public bool CompiledKernels => !_line.GetValue(_ilgpu);

    /// <summary>Whole networks: the default model at the size that is promised, and SDXL's UNet.</summary>
    public IEnumerable<NetworkWork> Networks => Dry
        ? [new(NetworkList.Find("pgp-s1-x4"), 16)]
        : [new(NetworkList.Find("pgp-s1-x4"), 512), new(NetworkList.Find("sdxl"), 128)];

    /// <summary>The network whose first evaluation is waited for.</summary>
    public NetworkWork WarmUp => new(NetworkList.Find("pgp-s1-x4"), Dry ? 16 : 64);

    /// <summary>The chosen works of the sizes that were asked for.</summary>
    public IEnumerable<Work> Works =>
        (Dry ? WorkList.DeviceSmall : _line.GetValue(_middle) ? WorkList.DeviceMiddle : WorkList.Device).Where(work => Asked(Group(work)));

    public bool Asked(string group) => _line.GetValue(_only)!.Split(',').Contains(group);

    /// <summary>The options, or null after help or a wrong line was told; then the exit code.</summary>
    public static DeviceOptions? Parse(string[] args, out int code)
    {
        var options = new DeviceOptions(args);
        bool runs = options._line.Errors.Count == 0 && options._line.Action is null;
        code = runs ? 0 : options._line.Invoke() == 0 ? 0 : 2;
        return runs ? options : null;
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
