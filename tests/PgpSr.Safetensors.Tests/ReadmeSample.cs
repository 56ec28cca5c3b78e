using System.Runtime.CompilerServices;

namespace PgpSr.Safetensors.Tests;

/// <summary>The README's sample as a program, line by line.</summary>
static class ReadmeSample
{
    public static void Run(StringWriter output)
    {
        var Console = output;
        using var file = SafetensorsFile.Open("model.safetensors");
        foreach (TensorEntry tensor in file.Tensors) Console.WriteLine(tensor);
        float[] weights = file.ReadSingles("conv_in.weight");
        ReadOnlySpan<byte> raw = file.Bytes(file["conv_in.weight"]);
        Console.WriteLine($"{string.Join(' ', weights)} {raw.Length}");
        Console.WriteLine(file.Metadata.GetValueOrDefault("format"));
    }

    public static string SourcePath() => ThisFile();

    public static string ReadmePath() => Path.GetFullPath(Path.Combine(ThisFile(), "../../../src/PgpSr.Safetensors/README.md"));

    static string ThisFile([CallerFilePath] string path = "") => path;
}
