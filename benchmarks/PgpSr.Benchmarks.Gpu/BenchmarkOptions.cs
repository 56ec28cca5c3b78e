using System.Globalization;
using PgpSr.Gpu;

namespace PgpSr.Benchmarks.Gpu;

/// <summary>The command line.</summary>
sealed record BenchmarkOptions
{
    public const string Usage = """
        PgpSr.Benchmarks.Gpu [--device cuda:0|opencl:0|simulated] [--out FOLDER] [--only check,linear,conv,attention,memory,fft,unet] [--seconds 0.2]
                             [--products naive|tiled|tensorcores] [--libtorch FOLDER] [--dry | --middle]
        Writes gpu.md and gpu.json into FOLDER (gpu-results). --dry: small sizes, to see that everything runs; --middle: sizes for a processor that
        stands in for a device (a whole UNet stays large). --libtorch: the folder of libtorch's libraries, version 2.10, that the same operations are
        measured with beside ours: torch/lib of a PyTorch installation with CUDA, or lib of an unpacked libtorch.
        Exit code: 0 measured, 1 no device, 2 usage, 3 a result is wrong.
        """;

    static readonly string[] s_groups = ["check", "linear", "conv", "attention", "memory", "fft", "unet"];

    public bool Help { get; private init; }

    public bool Dry { get; private init; }

    public bool Middle { get; private init; }

    public string? Device { get; private init; }

    public string Folder { get; private init; } = "gpu-results";

    /// <summary>Of a round of runs.</summary>
    public double RoundSeconds { get; private init; }

    public IReadOnlyList<string> Only { get; private init; } = s_groups;

    public GpuProductsKind? Products { get; private init; }

    public string? LibTorch { get; private init; }

    /// <summary>The options, or null and a sentence that says what is wrong.</summary>
    public static BenchmarkOptions? Parse(IReadOnlyList<string> args, out string problem)
    {
        var options = new BenchmarkOptions();
        double? seconds = null;
        problem = "";
        for (int i = 0; i < args.Count; i++)
        {
            string name = args[i];
            if (name is "--help" or "--dry" or "--middle")
            {
                options = name switch
                {
                    "--help" => options with { Help = true },
                    "--dry" => options with { Dry = true },
                    _ => options with { Middle = true },
                };
                continue;
            }
            if (name is not ("--device" or "--out" or "--seconds" or "--only" or "--products" or "--libtorch"))
            {
                problem = $"'{name}' is no option of this program.";
                return null;
            }
            if (++i == args.Count)
            {
                problem = $"{name} wants a value after it.";
                return null;
            }
            string value = args[i];
            switch (name)
            {
                case "--device": options = options with { Device = value }; break;
                case "--out": options = options with { Folder = value }; break;
                case "--libtorch": options = options with { LibTorch = Path.GetFullPath(value) }; break;
                case "--only":
                    options = options with { Only = value.Split(',') };
                    if (options.Only.FirstOrDefault(g => !s_groups.Contains(g)) is { } unknown) problem = $"--only: '{unknown}' is none of {string.Join(", ", s_groups)}.";
                    break;
                case "--products":
                    if (Enum.TryParse<GpuProductsKind>(value, ignoreCase: true, out var kind) && Enum.IsDefined(kind)) options = options with { Products = kind };
                    else problem = $"--products: '{value}' is none of naive, tiled, tensorcores.";
                    break;
                default:
                    if (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number is > 0 and <= 60) seconds = number;
                    else problem = $"--seconds: '{value}' is no number of seconds between 0 and 60.";
                    break;
            }
            if (problem.Length > 0) return null;
        }
        return options with { RoundSeconds = seconds ?? (options.Dry ? 0.01 : 0.2) };
    }
}
