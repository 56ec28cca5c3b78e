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
            var writer = new SafetensorsWriter { Metadata = { ["format"] = "pt", ["generator"] = $"generated weights, seed {seed}" } };
            foreach (var (key, value) in network.Metadata) writer.Metadata[key] = value;
            foreach (var (name, shape) in tensors)
            {
                writer.Add(name, type switch
                {
                    DType.F16 => SafetensorsDType.Float16,
                    DType.BF16 => SafetensorsDType.BFloat16,
                    _ => SafetensorsDType.Float32,
                }, [.. NetworkWork.Axes(shape).Select(axis => (long)axis)], stream => stream.Write(source.Read(name).Bytes));
            }
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
        Samples reading = new(), loading = new();
        for (int round = 0; round < rounds; round++)
        {
            reading.Add(Seconds(() =>
            {
                foreach (string file in files) ReadOnce(file);
            }));
            using var backend = CpuBackend.Create();
            LoadedNetwork? loaded = null;
            loading.Add(Seconds(() =>
            {
                WeightSource source = SafetensorsSource.Open(files[0]);
                foreach (string file in files[1..]) source = new OverlaySource(source, SafetensorsSource.Open(file));
                using (source) loaded = network.Load(source, backend);
            }));
            loaded!.Dispose();
        }
        return (reading.Median(), loading.Median());

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
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
        byte[] buffer = new byte[1 << 20];
        while (stream.Read(buffer) > 0)
        {
        }
    }
}
