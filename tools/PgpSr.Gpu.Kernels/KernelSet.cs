using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace PgpSr.Gpu.Kernels;

/// <summary>All kernels as the backend's assembly carries them: the manifest and the compressed texts.</summary>
/// <param name="Manifest">Lines of <see cref="CompiledKernel"/>.</param>
/// <param name="OpenClTexts">All texts, one after the other.</param>
sealed record KernelSet(string Manifest, string OpenClTexts)
{
    const string Header = "# kernel\tentry point\tshared bytes\targument bytes\targuments\ttext from\tto\tSHA-256 of the text, half\n";

    /// <summary>Compiles every kernel.</summary>
    public static KernelSet Compile()
    {
        var manifest = new StringBuilder(Header);
        var texts = new StringBuilder();
        foreach (var kernel in KernelInstances.OpenCl)
        {
            var (text, entryPoint, sharedBytes, fields, bytes) = OpenClCompiler.Compile(kernel);
            string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)).AsSpan(0, 16));
            var line = new CompiledKernel(
                CompiledKernels.NameOf(kernel), entryPoint, sharedBytes, [.. fields], bytes, texts.Length..(texts.Length + text.Length), hash);
            manifest.Append(line.Format()).Append('\n');
            texts.Append(text);
        }
        return new(manifest.ToString(), texts.ToString());
    }

    /// <summary>Writes both into the backend's folder.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, CompiledKernels.Manifest), Manifest);
        using var file = File.Create(Path.Combine(folder, CompiledKernels.OpenClTexts));
        using var brotli = new BrotliStream(file, CompressionLevel.SmallestSize);
        brotli.Write(Encoding.ASCII.GetBytes(OpenClTexts));
    }
}
