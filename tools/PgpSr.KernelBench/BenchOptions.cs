using System.Globalization;

namespace PgpSr.KernelBench;

/// <summary>The command line.</summary>
sealed record BenchOptions
{
    public const string Usage = """
        KernelBench: times kernels on given shapes, beside their peers, in alternating rounds; medians.

          --op NAME         operations whose name contains NAME (linear, conv3x3, conv3x3s2, conv1x1, attention, group_norm_silu, rfft2_irfft2)
          --shape SHAPE     shapes that contain SHAPE; with a full --op also any other shape, spelled like the standard ones
          --peer LIST       ort (ONNX Runtime), torch, torch-bf16 (libtorch; only from PgpSr.KernelBench.Torch), none
          --kernel LIST     v512, v256, v128; default: the best one
          --weights LIST    f32, f16, bf16; default f32
          --precision LIST  f32, bf16 (what the CPU backend multiplies); default f32
          --direct          3x3 convolutions also without Winograd
          --threads N       default 2
          --rounds N        default 7
          --sample-ms N     time of one contender in one round, default 60
          --json            one JSON object a line instead of the table
          --out FILE        also appends the JSON lines to FILE
          --compare A B     no measuring: our kernels in two files written with --out, and B's speed relative to A's
          --assert X        with --compare: exit code 1 if a relative speed is below X
          --page FILE       no measuring: a Markdown page of the JSON lines in FILE, with the targets
          --list            names the standard works and ends
        """;

    public string Operation { get; init; } = "";
    public string Shape { get; init; } = "";
    public IReadOnlyList<string> Peers { get; init; } = [];
    public IReadOnlyList<string> Kernels { get; init; } = [];
    public IReadOnlyList<string> Weights { get; init; } = ["f32"];
    public IReadOnlyList<string> Precisions { get; init; } = ["f32"];
    public int Threads { get; init; } = 2;
    public int Rounds { get; init; } = 7;
    public int SampleMilliseconds { get; init; } = 60;
    public bool Direct { get; init; }
    public bool Json { get; init; }
    public string? OutputFile { get; init; }
    public IReadOnlyList<string> Compare { get; init; } = [];
    public double Assert { get; init; }
    public string? Page { get; init; }
    public bool List { get; init; }
    public bool Help { get; init; }

    /// <exception cref="FormatException">An option is unknown or its value is not right.</exception>
    public static BenchOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new BenchOptions();
        for (int i = 0; i < arguments.Count; i++)
        {
            string name = arguments[i];
            string Value() => ++i < arguments.Count ? arguments[i] : throw new FormatException($"{name} wants a value");
            options = name switch
            {
                "--op" => options with { Operation = Value() },
                "--shape" => options with { Shape = Value() },
                "--peer" => options with { Peers = Names(name, Value(), ["ort", "torch", "torch-bf16", "none"]) },
                "--kernel" => options with { Kernels = Names(name, Value(), ["v512", "v256", "v128"]) },
                "--weights" => options with { Weights = Names(name, Value(), ["f32", "f16", "bf16"]) },
                "--precision" => options with { Precisions = Names(name, Value(), ["f32", "bf16"]) },
                "--threads" => options with { Threads = Number(name, Value(), 1024) },
                "--rounds" => options with { Rounds = Number(name, Value(), 10_000) },
                "--sample-ms" => options with { SampleMilliseconds = Number(name, Value(), 60_000) },
                "--direct" => options with { Direct = true },
                "--json" => options with { Json = true },
                "--out" => options with { OutputFile = Value() },
                "--compare" => options with { Compare = [Value(), Value()] },
                "--assert" => options with { Assert = Fraction(name, Value()) },
                "--page" => options with { Page = Value() },
                "--list" => options with { List = true },
                "--help" or "-h" => options with { Help = true },
                _ => throw new FormatException($"unknown option '{name}'; --help lists them"),
            };
        }
        return options;
    }

    static string[] Names(string option, string text, string[] known)
    {
        string[] names = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (string name in names)
            if (!known.Contains(name)) throw new FormatException($"{option} '{name}': expected one or more of {string.Join(", ", known)}");
        return [.. names.Where(n => n != "none")];
    }

    static double Fraction(string option, string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            ? number : throw new FormatException($"{option} '{text}': expected a number such as 0.97");

    static int Number(string option, string text, int largest) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= largest
            ? number : throw new FormatException($"{option} '{text}': expected a number from 1 to {largest}");
}
