using System.CommandLine;
using System.Globalization;

namespace PgpSr.Benchmarks;

/// <summary>A command that is asked for some of the works; and the options that commands have in common.</summary>
class WorkCommand : Command
{
    readonly Option<string?> _category = new("--category")
    { Description = $"{string.Join(", ", WorkList.Categories.Keys)}; default: operations, or wherever --op and --shape fit" };
    readonly Option<string> _operation = Text("--op", "operations whose name contains this: linear, conv3x3, attention, network, ...");
    readonly Option<string> _shape = Text("--shape", "shapes that contain this; with a full --op also any other shape, spelled like the standard ones");

    public WorkCommand(string name, string description)
        : base(name, description) => Takes(_category, _operation, _shape);

    public static Option<string[]> Peers() =>
        Names("--peer", "ort (ONNX Runtime), torch, torch-bf16 (libtorch; only from PgpSr.Benchmarks.Torch), none", [], ["ort", "torch", "torch-bf16", "none"]);

    public static Option<string[]> Weights(params string[] standard) => Names("--weights", "f32, f16, bf16", standard, ["f32", "f16", "bf16"]);

    public static Option<string[]> Kernels(params string[] standard) =>
        Names("--kernel", "v512, v256, v128; default: compare takes the widest, dotnet all", standard, ["v512", "v256", "v128"]);

    public static Option<string?> Out() => new("--out") { Description = "also appends lines of JSON to this file" };

    public static Option<string> Text(string name, string description, string standard = "") =>
        new(name) { Description = description, DefaultValueFactory = _ => standard };

    public IReadOnlyList<Work> Works(ParseResult line) => WorkList.Select(line.GetValue(_category), line.GetValue(_operation)!, line.GetValue(_shape)!);

    /// <summary>Whether nothing says which.</summary>
    public bool AsksForAll(ParseResult line) =>
        Array.TrueForAll([_category, _operation, _shape], (Option option) => line.GetResult(option) is null or { Implicit: true });

    /// <summary>An option of names with commas between them.</summary>
    public static Option<string[]> Names(string name, string description, string[] standard, string[]? known = null) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => standard,
        CustomParser = result =>
        {
            string[] values = [.. result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries))];
            foreach (string value in values.Except(known ?? values)) result.AddError($"{name} {value}: expected one or more of {string.Join(", ", known!)}");
            return values;
        },
    };

    /// <summary>An option of a whole number.</summary>
    public static Option<int> Number(string name, string description, int standard, int largest) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => standard,
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= largest) return number;
            result.AddError($"{name}: expected a number from 1 to {largest}");
            return standard;
        },
    };

    protected void Takes(params ReadOnlySpan<Option> options)
    {
        foreach (Option option in options) Options.Add(option);
    }
}
