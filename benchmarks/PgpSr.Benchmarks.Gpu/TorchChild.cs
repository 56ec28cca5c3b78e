using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace PgpSr.Benchmarks;

/// <summary>libtorch's side of <see cref="ChildPeer"/>: one JSON request a line on standard input, one answer a line on standard output.</summary>
static class TorchChild
{
    /// <summary>The first argument of a process that is a peer; the second is libtorch's folder.</summary>
    public const string Argument = "--peer";

    const double RoundSeconds = 0.2;

    public static int Run(string folder)
    {
        bool onCuda = Directory.EnumerateFiles(folder, "*torch_cuda*").Any();
        Device device = onCuda ? CUDA : CPU;
        using var peer = new TorchPeer(device, ScalarType.Float16);
        if (onCuda) TorchSharp.torch.backends.cuda.matmul.allow_tf32 = true;
        Answer(new JsonObject { ["name"] = $"{peer.Version} on {(onCuda ? "CUDA" : "the processor")}" });
        while (Console.In.ReadLine() is { } line)
        {
            JsonNode request = JsonNode.Parse(line)!;
            try
            {
                Answer(new JsonObject { ["seconds"] = Measure(peer, device, WorkList.Parse($"{request["operation"]}", $"{request["shape"]}")) });
            }
            catch (Exception e)
            {
                // Whatever it is, it is the row's answer.
                Answer(new JsonObject { ["error"] = $"{e.GetType().Name}: {e.Message.Split('\n')[0]}" });
            }
        }
        return 0;
    }

    static void Answer(JsonObject answer)
    {
        Console.Out.WriteLine(answer.ToJsonString(JsonSerializerOptions.Default));
        Console.Out.Flush();
    }

    static double Measure(TorchPeer peer, Device device, Work work)
    {
        if (work is NetworkWork { Network.Name: "sdxl" } sdxl)
        {
            using var scope = NewDisposeScope();
            var unet = new TorchUnet(device);
            Tensor Half(params long[] sizes) => (rand(sizes, device: device) * 2 - 1).to(ScalarType.Float16);
            Tensor x = Half(1, 4, sdxl.Side, sdxl.Side), context = Half(1, 77, 2048), time = Half(1, 320);
            return Seconds(() => unet.Forward(x, context, time).Dispose(), device, rounds: 3);
        }
        double best = double.PositiveInfinity;
        // Every layout; the fastest counts.
        foreach (PreparedWork form in peer.Prepare(work, Environment.ProcessorCount))
            using (form) best = Math.Min(best, Seconds(form.Run, device, rounds: 5));
        return double.IsFinite(best) ? best : throw new NotSupportedException($"{work.Operation} {work.Shape}");
    }

    static double Seconds(Action run, Device device, int rounds)
    {
        double Once(int count)
        {
            Synchronize(device);
            long began = Stopwatch.GetTimestamp();
            for (int i = 0; i < count; i++)
            {
                using var scope = NewDisposeScope();
                run();
            }
            Synchronize(device);
            return Stopwatch.GetElapsedTime(began).TotalSeconds / count;
        }

        Once(2); // chooses algorithms, takes memory
        int count = (int)Math.Clamp(RoundSeconds / Math.Max(Once(3), 1e-7), 1, 10_000);
        var times = new Samples();
        for (int i = 0; i < rounds; i++) times.Add(Once(count));
        return times.Median();
    }

    static void Synchronize(Device device)
    {
        if (device.type == TorchSharp.DeviceType.CUDA) cuda.synchronize(device);
    }
}
