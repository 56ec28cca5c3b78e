using System.Diagnostics;
using PgpSr.Cpu;
using PgpSr.Models;
using PgpSr.Safetensors;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Benchmarks;

/// <summary>Checkpoint folders of generated weights: written, and loaded against the clock.</summary>
static class Synthesis
{
    /// <summary>Writes a folder, tensor by tensor; weights come from the golden cases' generator.</summary>
    public static void Write(Network network, string folder, DType type, long seed)
    {
        foreach (var (file, text) in network.Configurations()) File.WriteAllText(Place(folder, file), text);
        foreach (var (file, tensors) in network.Files)
        {
            using var source = new GeneratedSource(seed, tensors, type: type);
            var writer = new SafetensorsWriter { Metadata = { ["format"] = "pt", ["generator"] = source.Name } };
            foreach (var (key, value) in network.Metadata) writer.Metadata[key] = value;
            SafetensorsDType stored = type switch { DType.F16 => SafetensorsDType.Float16, DType.BF16 => SafetensorsDType.BFloat16, _ => SafetensorsDType.Float32 };
            foreach (var (name, shape) in tensors)
                writer.Add(name, stored, BackendWork.Axes(shape), stream => stream.Write(source.Read(name).Bytes));
            string path = Place(folder, file);
            writer.Write(path);
            Console.WriteLine($"{path}: {new FileInfo(path).Length:N0} bytes");
        }
    }

    /// <summary>Medians of loading such a folder, and of reading the same files once.</summary>
    /// <param name="network">Written by <see cref="Write"/>.</param>
    /// <param name="folder">Where.</param>
    /// <param name="rounds">How often.</param>
    /// <param name="beforeEach">A shell command before each part, which may empty the system's file cache; or null.</param>
    public static (double ReadSeconds, double LoadSeconds) Load(Network network, string folder, int rounds, string? beforeEach)
    {
        string[] files = [.. network.Files.Select(f => Path.Combine(folder, f.File))];
        List<double> reading = [], loading = [];
        for (int round = 0; round < rounds; round++)
        {
            reading.Add(Seconds(() => Array.ForEach(files, ReadOnce)));
            using var backend = CpuBackend.Create();
            LoadedNetwork? loaded = null;
            loading.Add(Seconds(() =>
            {
                WeightSource first = SafetensorsSource.Open(files[0]);
                using WeightSource source = files[1..].Aggregate(first, (all, file) => new OverlaySource(all, SafetensorsSource.Open(file)));
                loaded = network.Load(source, backend);
            }));
            loaded!.Dispose();
        }
        return (Median.Of(reading), Median.Of(loading));

        double Seconds(Action action)
        {
            if (beforeEach is not null)
            {
                using var process = Process.Start("/bin/sh", ["-c", beforeEach]);
                process.WaitForExit();
            }
            long start = Stopwatch.GetTimestamp();
            action();
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }

    static string Place(string folder, string file)
    {
        string path = Path.Combine(folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    static void ReadOnce(string file)
    {
        using var stream = new FileStream(file, new FileStreamOptions { Options = FileOptions.SequentialScan, BufferSize = 0 });
        stream.CopyTo(Stream.Null, 1 << 20);
    }
}
