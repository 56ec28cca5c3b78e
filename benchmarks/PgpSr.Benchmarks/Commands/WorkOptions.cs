using System.CommandLine;

namespace PgpSr.Benchmarks;

/// <summary>The options that choose work, and those that commands have in common.</summary>
sealed class WorkOptions
{
    readonly Option<string?> _category = new("--category") { Description = $"{string.Join(", ", WorkList.Categories.Keys)}; default: operations, or wherever --op and --shape fit" };
    readonly Option<string> _operation = new("--op") { Description = "operations whose name contains this: linear, conv3x3, attention, network, ...", DefaultValueFactory = _ => "" };
    readonly Option<string> _shape = new("--shape") { Description = "shapes that contain this; with a full --op also any other shape, spelled like the standard ones", DefaultValueFactory = _ => "" };

    public WorkOptions(Command command)
    {
        foreach (Option option in (Option[])[_category, _operation, _shape]) command.Options.Add(option);
    }

    public static Option<string[]> Peers() => Names("--peer", "ort (ONNX Runtime), torch, torch-bf16 (libtorch; only from PgpSr.Benchmarks.Torch), none", [], ["ort", "torch", "torch-bf16", "none"]);

    public static Option<string[]> Weights(params string[] standard) => Names("--weights", "f32, f16, bf16", standard, ["f32", "f16", "bf16"]);

    public static Option<string[]> Kernels(params string[] standard) => Names("--kernel", "v512, v256, v128; default: compare takes the widest, dotnet all", standard, ["v512", "v256", "v128"]);

    public static Option<string?> Out() => new("--out") { Description = "also appends lines of JSON to this file" };

    /// <summary>Those that fit, or all where nothing is asked.</summary>
    public IEnumerable<Work> OrAll(ParseResult line) =>
        line.GetValue(_category) is null && line.GetValue(_operation) is { Length: 0 } && line.GetValue(_shape) is { Length: 0 } ? WorkList.Categories.Values.SelectMany(list => list) : Of(line);

    public IReadOnlyList<Work> Of(ParseResult line) => WorkList.Select(line.GetValue(_category), line.GetValue(_operation)!, line.GetValue(_shape)!);

    /// <summary>An option of names with commas between them.</summary>
    public static Option<string[]> Names(string name, string description, string[] standard, string[]? known = null)
    {
        var option = new Option<string[]>(name)
        {
            Description = description,
            DefaultValueFactory = _ => standard,
            CustomParser = result => [.. result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries))],
        };
        option.Validators.Add(result =>
        {
            foreach (string value in result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries)))
                if (known?.Contains(value) == false) result.AddError($"{name} {value}: expected one or more of {string.Join(", ", known)}");
        });
        return option;
    }

    /// <summary>An option of a whole number.</summary>
    public static Option<int> Number(string name, string description, int standard, int largest)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => standard };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, out int number) && number >= 1 && number <= largest)) result.AddError($"{name}: expected a number from 1 to {largest}");
        });
        return option;
    }
}
