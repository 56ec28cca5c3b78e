using System.Globalization;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;

namespace PgpSr.Gpu.Kernels;

/// <summary>One kernel struct to PTX through ILGPU's backend, without a device.</summary>
static partial class PtxCompiler
{
    /// <summary>The text, with a zero at its end as drivers want it.</summary>
    /// <remarks>
    /// For compute capability 7.5, which every newer one takes: ILGPU gives the same instructions for all of them, and the driver compiles them for the
    /// device. PTX 7.0 is the first that the tensor-core kernels can use.
    /// </remarks>
    /// <param name="kernel">The struct.</param>
    /// <param name="fields">Its arguments as OpenCL has them: both must be the same block of bytes.</param>
    /// <param name="bytes">The block.</param>
    public static string Compile(Type kernel, IReadOnlyList<KernelField> fields, int bytes)
    {
        using var context = Context.Create(b => b.EnableAlgorithms().Optimize(OptimizationLevel.O2).Inlining(InliningMode.Aggressive));
        using var backend = new PTXBackend(context, CudaArchitecture.SM_75, CudaInstructionSet.ISA_70, nvvmAPI: null!);
        CompilerRepairs.Apply(backend);
        var compiled = (PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(KernelEntry.Of(kernel)), default);
        string text = Comment().Replace(compiled.PTXAssembly.ReplaceLineEndings("\n"), "");
        text = OpenClCompiler.Renamed(text, Name(), "n");
        Check(text, kernel, fields, bytes);
        return text + '\0';
    }

    static void Check(string text, Type kernel, IReadOnlyList<KernelField> fields, int bytes)
    {
        var block = Block().Match(text);
        var places = fields.Select(f => f.Offset).Concat(fields.Where(f => f.Kind == KernelFieldKind.View).Select(f => f.Offset + 8)).ToHashSet();
        var read = Regex.Matches(text, $@"ld\.param\.\w+\s+%\w+, \[{block.Groups["name"].Value}(?:\+(\d+))?\];")
            .Select(m => m.Groups[1].Success ? int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture) : 0);
        if (int.Parse(block.Groups["bytes"].Value, CultureInfo.InvariantCulture) != bytes || !read.All(places.Contains))
            throw new InvalidOperationException($"{kernel.Name}: PTX and OpenCL C lay out the arguments differently");
    }

    [GeneratedRegex(@"^\s*//.*\n", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\b(L_\d+|_(?:kernel|count)_\d+)\b")]
    private static partial Regex Name();

    [GeneratedRegex(@"\.param \.align 8 \.b8 (?<name>\w+)\[(?<bytes>\d+)\]")]
    private static partial Regex Block();
}
