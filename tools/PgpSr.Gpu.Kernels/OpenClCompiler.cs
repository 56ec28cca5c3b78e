using System.Globalization;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Runtime.OpenCL;

namespace PgpSr.Gpu.Kernels;

/// <summary>One kernel struct to OpenCL C through ILGPU's backend, without a device.</summary>
sealed partial class OpenClCompiler : IDisposable
{
    // A context for each kernel: numbers in its names then depend on nothing else.
    readonly Context _context = Context.Create(b => b.EnableAlgorithms().Optimize(OptimizationLevel.O2).Inlining(InliningMode.Aggressive));

    /// <summary>The text and the layout of its arguments.</summary>
    public static (string Text, string EntryPoint, int SharedBytes, IReadOnlyList<KernelField> Fields, int Bytes) Compile(Type kernel)
    {
        using var compiler = new OpenClCompiler();
        return compiler.CompileOne(kernel);
    }

    public void Dispose() => _context.Dispose();

    (string, string, int, IReadOnlyList<KernelField>, int) CompileOne(Type kernel)
    {
        // Of the optional features none: kernels use none, and the text suits every device.
        var capabilities = new CLCapabilityContext(false, false, false, false, false);
        using var backend = new CLBackend(_context, capabilities, CLDeviceVendor.Other, CLBackend.MinimumVersion);
        CompilerRepairs.Apply(backend);
        var compiled = (CLCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(KernelEntry.Of(kernel)), default);
        string text = Normalize(compiled.Source);
        var (fields, bytes) = Layout(text, kernel);
        return (text, compiled.Name, SharedBytes(text), fields, bytes);
    }

    // Arrays of floats, or of structs of 4-byte numbers.
    static int SharedBytes(string text) => SharedArray().Matches(text).Sum(array =>
    {
        string structure = array.Groups["struct"].Value;
        int numbers = structure.Length == 0 ? 1
            : Regex.Count(Regex.Match(text, $@"struct {structure}\n\{{\n(?:\t(?:float|int) \w+;\n)+\}};").Value, "\n\t");
        return sizeof(float) * numbers * int.Parse(array.Groups["count"].Value, CultureInfo.InvariantCulture);
    });

    // Names by their order in the text, no comments: the text then says what it does and nothing of how it came about.
    static string Normalize(string text)
    {
        text = text.ReplaceLineEndings("\n");
        text = Comment().Replace(text, "");
        return Renamed(Renamed(text, TypeName(), "t"), LabelName(), "L");
    }

    /// <summary>Names by their order in the text.</summary>
    public static string Renamed(string text, Regex names, string prefix)
    {
        var renamed = new Dictionary<string, string>(StringComparer.Ordinal);
        return names.Replace(text, match =>
        {
            string found = match.Groups[1].Value;
            if (!renamed.TryGetValue(found, out string? name))
                renamed.Add(found, name = string.Create(CultureInfo.InvariantCulture, $"{prefix}{renamed.Count}"));
            return name;
        });
    }

    // The kernel's struct as C lays it out; which of its fields are indices of views, the entry's first statements tell.
    static (List<KernelField> Fields, int Bytes) Layout(string text, Type kernel)
    {
        var signature = Signature().Match(text);
        if (!signature.Success) throw new InvalidOperationException($"{kernel.Name}: no struct among its parameters");
        string parameter = signature.Groups["name"].Value;
        var structure = Regex.Match(text, $@"struct {signature.Groups["type"].Value}\n\{{\n(?<fields>(?:.*;\n)+)\}};");
        var views = Regex.Matches(text, $@"\)view_\d+\+{parameter}\.field_(\d+);").Select(m => m.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        var fields = new List<KernelField>();
        int at = 0, largest = 1;
        bool length = false;
        foreach (Match field in Field().Matches(structure.Groups["fields"].Value))
        {
            var (size, count) = (field.Groups["type"].Value switch { "char" => 1, "int" or "float" => 4, "long" => 8, var t => throw new InvalidOperationException($"{kernel.Name}: a field of type {t}") },
                field.Groups["count"].Success ? int.Parse(field.Groups["count"].Value, CultureInfo.InvariantCulture) : 1);
            at = (at + size - 1) / size * size;
            largest = Math.Max(largest, size);
            if (size > 1 && !length)
            {
                var kind = views.Contains(field.Groups["index"].Value) ? KernelFieldKind.View
                    : field.Groups["type"].Value == "float" ? KernelFieldKind.Float : KernelFieldKind.Int;
                fields.Add(new(kind, at));
                length = kind == KernelFieldKind.View;
            }
            else if (size > 1)
            {
                length = false;
            }
            at += size * count;
        }
        return (fields, (at + largest - 1) / largest * largest);
    }

    [GeneratedRegex(@"^//.*\n", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\b(type_\d+)(?=_kernel|\b)")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"\b(L_\d+)\b")]
    private static partial Regex LabelName();

    [GeneratedRegex(@"local (?:float|int|struct (?<struct>t\d+)) var\d+\[(?<count>\d+)\];")]
    private static partial Regex SharedArray();

    [GeneratedRegex(@"struct (?<type>t\d+_kernel) (?<name>var\d+)[,)]")]
    private static partial Regex Signature();

    [GeneratedRegex(@"(?<type>\w+) (?:field_(?<index>\d+)|__padding\d+\[(?<count>\d+)\]);")]
    private static partial Regex Field();
}
