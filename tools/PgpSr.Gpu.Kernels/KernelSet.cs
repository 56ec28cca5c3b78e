using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace PgpSr.Gpu.Kernels;

/// <summary>All kernels as the backend's assembly carries them: the manifest and the compressed texts.</summary>
/// <param name="Manifest">Lines of <see cref="CompiledKernel"/>.</param>
/// <param name="OpenClTexts">All texts in OpenCL C, one after the other.</param>
/// <param name="PtxTexts">All texts in PTX.</param>
sealed record KernelSet(string Manifest, string OpenClTexts, string PtxTexts)
{
    const string Header =
        "# kernel\tentry point\tSHA-256 of its instructions, half\tgroup\tshared bytes\targument bytes\targuments\tOpenCL C from\tto\tSHA-256, half\tPTX from\tto\tSHA-256, half\n";

    /// <summary>Compiles every kernel.</summary>
    public static KernelSet Compile()
    {
        var manifest = new StringBuilder(Header);
        var openCl = new StringBuilder();
        var ptx = new StringBuilder();
        foreach (var kernel in KernelInstances.All)
        {
            // The same fields at the same places, whatever the elements are: what only CUDA can compile takes them from its float32 instance.
            bool onlyCuda = !KernelInstances.OpenCl.Contains(kernel);
            var (text, entryPoint, sharedBytes, fields, bytes) = OpenClCompiler.Compile(
                onlyCuda ? kernel.GetGenericTypeDefinition().MakeGenericType(typeof(SingleElement)) : kernel);
            var line = new CompiledKernel(
                CompiledKernels.NameOf(kernel), entryPoint, KernelInstructions.Hash(kernel), GroupThreads(kernel), sharedBytes, [.. fields], bytes, Append(onlyCuda ? "" : text, openCl),
                Append(KernelInstances.Cuda.Contains(kernel) ? PtxCompiler.Compile(kernel, fields, bytes) : "", ptx));
            manifest.Append(line.Format()).Append('\n');
        }
        return new(manifest.ToString(), openCl.ToString(), ptx.ToString());
    }

    /// <summary>Writes them into the backend's folder.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, CompiledKernels.Manifest), Manifest);
        Write(OpenClTexts, Path.Combine(folder, CompiledKernels.OpenClTexts));
        Write(PtxTexts, Path.Combine(folder, CompiledKernels.PtxTexts));
    }

    static int GroupThreads(Type kernel) =>
        (int)typeof(KernelSet).GetMethod(nameof(GroupThreadsOf), BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(kernel).Invoke(null, null)!;

    static int GroupThreadsOf<TKernel>()
        where TKernel : struct, IKernel => TKernel.GroupThreads;

    static KernelText Append(string text, StringBuilder to)
    {
        int start = to.Length;
        to.Append(text);
        return new(start..to.Length, Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)).AsSpan(0, 16)));
    }

    static void Write(string texts, string path)
    {
        using var file = File.Create(path);
        using var brotli = new BrotliStream(file, CompressionLevel.SmallestSize);
        brotli.Write(Encoding.ASCII.GetBytes(texts));
    }
}
