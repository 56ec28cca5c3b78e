using PgpSr.Safetensors;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.ModelBench;

/// <summary>Writes a checkpoint folder of generated weights, tensor by tensor.</summary>
static class Synthesis
{
    public static void Write(NamedModel model, string folder, DType type, long seed)
    {
        foreach (var (file, text) in model.Configurations) WriteText(Path.Combine(folder, file), text);
        foreach (var (file, tensors) in model.Files)
        {
            using var source = new GeneratedSource(seed, tensors, type: type);
            var writer = new SafetensorsWriter { Metadata = { ["format"] = "pt", ["generator"] = $"generated weights, seed {seed}" } };
            foreach (var (key, value) in model.Metadata) writer.Metadata[key] = value;
            foreach (var tensor in tensors)
            {
                writer.Add(tensor.Name, type switch
                {
                    DType.F16 => SafetensorsDType.Float16,
                    DType.BF16 => SafetensorsDType.BFloat16,
                    _ => SafetensorsDType.Float32,
                }, Axes(tensor.Shape), stream => stream.Write(source.Read(tensor.Name).Bytes));
            }
            string path = Path.Combine(folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            writer.Write(path);
            Console.WriteLine($"{path}: {new FileInfo(path).Length:N0} bytes");
        }
    }

    static void WriteText(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    static long[] Axes(Shape shape)
    {
        Span<int> axes = stackalloc int[Shape.MaxRank];
        shape.CopyTo(axes);
        var result = new long[shape.Rank];
        for (int i = 0; i < result.Length; i++) result[i] = axes[i];
        return result;
    }
}
