using System.IO.Compression;
using System.Text;

namespace PgpSr.Gpu;

/// <summary>
/// The kernels that tools/PgpSr.Gpu.Kernels compiled from their structs: a manifest of one line each, and their texts, compressed. Resources of this
/// assembly; a test compiles all of them again and compares.
/// </summary>
static class CompiledKernels
{
    /// <summary>Names of the resources.</summary>
    public const string Manifest = "kernels.tsv";

    /// <inheritdoc cref="Manifest"/>
    public const string OpenClTexts = "opencl.br";

    /// <inheritdoc cref="Manifest"/>
    public const string PtxTexts = "ptx.br";

    static readonly Lazy<CompiledKernel[]> s_all = new(Read);
    static readonly Lazy<Dictionary<string, int>> s_indices = new(() =>
        s_all.Value.Select((k, i) => (k.Name, i)).ToDictionary(k => k.Name, k => k.i));
    static readonly Lazy<byte[]> s_openCl = new(() => Expand(OpenClTexts));
    static readonly Lazy<byte[]> s_ptx = new(() => Expand(PtxTexts));

    public static IReadOnlyList<CompiledKernel> All => s_all.Value;

    /// <summary>The place of a kernel in <see cref="All"/>.</summary>
    /// <exception cref="NotSupportedException">It was not compiled.</exception>
    public static int IndexOf<TKernel>()
        where TKernel : struct, IKernel => Place<TKernel>.Index is var index and >= 0
            ? index : throw new NotSupportedException($"the kernel {NameOf(typeof(TKernel))} was not compiled when the program was built");

    /// <summary>A kernel's name: its struct's, with the types it was closed over.</summary>
    public static string NameOf(Type kernel) => kernel.IsGenericType
        ? $"{kernel.Name[..kernel.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(",", kernel.GetGenericArguments().Select(a => a.Name))}>"
        : kernel.Name;

    /// <summary>A text among those of OpenCL.</summary>
    public static ReadOnlyMemory<byte> OpenCl(Range range) => s_openCl.Value.AsMemory(range);

    /// <summary>A text among those of CUDA.</summary>
    public static ReadOnlyMemory<byte> Ptx(Range range) => s_ptx.Value.AsMemory(range);

    static CompiledKernel[] Read()
    {
        using var reader = new StreamReader(Open(Manifest), Encoding.ASCII);
        var kernels = new List<CompiledKernel>();
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#')) kernels.Add(CompiledKernel.Parse(line));
        }
        return [.. kernels];
    }

    static byte[] Expand(string resource)
    {
        using var stream = Open(resource);
        using var brotli = new BrotliStream(stream, CompressionMode.Decompress);
        using var expanded = new MemoryStream();
        brotli.CopyTo(expanded);
        return expanded.ToArray();
    }

    static Stream Open(string resource) => typeof(CompiledKernels).Assembly.GetManifestResourceStream(resource)
        ?? throw new NotSupportedException($"this build has no compiled kernels ({resource})");

    // Looked up once for each kernel.
    static class Place<TKernel>
    {
        public static readonly int Index = s_indices.Value.TryGetValue(NameOf(typeof(TKernel)), out int index) ? index : -1;
    }
}
