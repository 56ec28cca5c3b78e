using System.Globalization;
using System.Text.RegularExpressions;

namespace PgpSr.Gpu.Tests.Ptx;

/// <summary>
/// A parsed PTX kernel of the subset that the emitters write. Parsing is strict: every line is understood or refused, every register is
/// declared and of the class that its instruction takes.
/// </summary>
sealed partial class PtxProgram
{
    PtxProgram(string name, int threads, int sharedBytes) => (Name, Threads, SharedBytes) = (name, threads, sharedBytes);

    public string Name { get; }

    /// <summary>Threads of a group, from .maxntid.</summary>
    public int Threads { get; }

    public int SharedBytes { get; }

    /// <summary>Type and name of each parameter.</summary>
    public List<(string Type, string Name)> Parameters { get; } = [];

    /// <summary>Declared registers of each class: %p, %r, %rd, %f, %h.</summary>
    public Dictionary<string, int> Registers { get; } = [];

    public List<PtxInstruction> Instructions { get; } = [];

    public Dictionary<string, int> Labels { get; } = [];

    public string Target { get; private set; } = "";

    public static PtxProgram Parse(string text)
    {
        var entry = Entry().Match(text);
        if (!entry.Success) throw new FormatException("no entry point of the expected form");
        var shared = Shared().Match(text);
        var program = new PtxProgram(
            entry.Groups["name"].Value, Number(entry.Groups["threads"].Value), shared.Success ? Number(shared.Groups["bytes"].Value) : 0)
        {
            Target = entry.Groups["target"].Value,
        };
        foreach (Match parameter in Parameter().Matches(entry.Groups["parameters"].Value))
            program.Parameters.Add((parameter.Groups["type"].Value, parameter.Groups["name"].Value));

        foreach (string raw in entry.Groups["body"].Value.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var register = Register().Match(raw);
            if (register.Success)
            {
                program.Registers.Add(register.Groups["prefix"].Value, Number(register.Groups["count"].Value));
                if (ClassOf(register.Groups["type"].Value) != register.Groups["prefix"].Value) throw new FormatException($"declaration: {raw}");
            }
            else if (raw.StartsWith(".shared", StringComparison.Ordinal)) continue;
            else if (raw.EndsWith(':')) program.Labels.Add(raw[..^1], program.Instructions.Count);
            else program.Instructions.Add(PtxInstruction.Parse(raw));
        }
        foreach (var instruction in program.Instructions) instruction.Check(program);
        return program;
    }

    /// <summary>The register prefix of a type.</summary>
    public static string ClassOf(string type) => type switch
    {
        ".pred" or "pred" => "%p",
        ".b32" or "b32" or "s32" or "u32" => "%r",
        ".b64" or "b64" or "s64" or "u64" => "%rd",
        ".f32" or "f32" => "%f",
        ".b16" => "%h",
        _ => throw new FormatException($"type {type}"),
    };

    public static int Number(string text) => int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    [GeneratedRegex(
        @"^\.version 7\.0\n\.target (?<target>sm_80)\n\.address_size 64\n\n\.visible \.entry (?<name>[A-Za-z_]\w*)\(\n(?<parameters>[^)]*)\n\)\n\.maxntid (?<threads>\d+), 1, 1\n\{\n(?<body>.*)\n\}\n$",
        RegexOptions.Singleline)]
    private static partial Regex Entry();

    [GeneratedRegex(@"\.param (?<type>\.u64|\.u32|\.f32) (?<name>[a-z_]+)")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^\.reg (?<type>\.\w+) (?<prefix>%[a-z]+)<(?<count>\d+)>;$")]
    private static partial Regex Register();

    [GeneratedRegex(@"\.shared \.align 128 \.b8 tile\[(?<bytes>\d+)\];")]
    private static partial Regex Shared();
}
