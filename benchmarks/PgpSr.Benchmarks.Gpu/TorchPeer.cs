using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PgpSr.Benchmarks.Gpu;

/// <summary>The same operations by libtorch: one JSON request a line on standard input, one answer a line on standard output.</summary>
sealed class TorchPeer
{
    /// <summary>The first argument of a process that is a peer; the second is libtorch's folder.</summary>
    public const string Argument = "--peer";

    readonly Device _device;

    TorchPeer(Device device) => _device = device;

    bool OnCuda => _device.type == DeviceType.CUDA;

    public static int Run(string folder)
    {
        bool cuda = Directory.EnumerateFiles(folder, "*torch_cuda*").Any();
        InitializeDeviceType(cuda ? DeviceType.CUDA : DeviceType.CPU);
        var peer = new TorchPeer(cuda ? CUDA : CPU);
        using var inference = inference_mode();
        if (cuda) torch.backends.cuda.matmul.allow_tf32 = true;
        Answer(new JsonObject { ["name"] = $"libtorch {__version__} on {(cuda ? "CUDA" : "the processor")}" });
        while (Console.In.ReadLine() is { } line)
        {
            var request = JsonNode.Parse(line)!;
            try
            {
                using var scope = NewDisposeScope();
                Answer(new JsonObject { ["seconds"] = peer.Measure($"{request["operation"]}", request["sizes"]!.AsArray()) });
            }
            catch (Exception e)
            {
                // Whatever it is, it is the row's answer.
                Answer(new JsonObject { ["error"] = $"{e.GetType().Name}: {e.Message.Split('\n')[0]}" });
            }
        }
        return 0;
    }

    public Tensor Random(float scale, ScalarType type, params ReadOnlySpan<long> sizes) => ((rand(sizes.ToArray(), device: _device) * 2 - 1) * scale).to(type);

    static void Answer(JsonObject answer)
    {
        Console.Out.WriteLine(answer.ToJsonString(JsonSerializerOptions.Default));
        Console.Out.Flush();
    }

    double Measure(string operation, JsonArray sizes)
    {
        long[] n = [.. sizes.Where(size => size!.GetValueKind() == JsonValueKind.Number).Select(size => (long)size!)];
        return operation switch
        {
            "linear" => Linear(n[0], n[1], n[2]),
            "geglu" => Geglu(n[0], n[1], n[2]),
            "conv" => Conv(n[0], n[1], n[2], n[3], n[4], n[5]),
            "attention" => Attention(n[0], n[1], n[2], n[3], n[4]),
            "memory" => Memory($"{sizes[0]}", n[0], n[1], n[2]),
            "fft" => Fft(n[0], n[1], n[2]),
            "unet" => WholeUnet(n[0], n[1]),
            _ => throw new NotSupportedException(operation),
        };
    }

    double Linear(long rows, long inputs, long outputs)
    {
        Tensor x = Half(rows, inputs), w = Half(outputs, inputs);
        return Seconds(() => functional.linear(x, w));
    }

    double Geglu(long rows, long inputs, long outputs)
    {
        Tensor x = Half(rows, inputs), w = Half(2 * outputs, inputs);
        return Seconds(() =>
        {
            var halves = functional.linear(x, w).chunk(2, dim: -1);
            return halves[0] * functional.gelu(halves[1]);
        });
    }

    // Both layouts; the faster counts.
    double Conv(long samples, long side, long inputs, long outputs, long kernel, long stride) => new[] { false, true }.Min(channelsLast =>
    {
        Tensor x = Laid(Half(samples, inputs, side, side), channelsLast), w = Laid(Half(outputs, inputs, kernel, kernel), channelsLast);
        return Seconds(() => functional.conv2d(x, w, null, [stride, stride], [kernel / 2, kernel / 2]));
    });

    double Attention(long samples, long queries, long keys, long heads, long depth)
    {
        Tensor q = Half(samples, heads, queries, depth), k = Half(samples, heads, keys, depth), v = Half(samples, heads, keys, depth);
        return Seconds(() => functional.scaled_dot_product_attention(q, k, v));
    }

    // float32, as the tensors that it is compared with.
    double Memory(string operation, long samples, long side, long channels)
    {
        Tensor x = Single(samples, channels, side, side), z = Single(samples, channels, side, side), y = empty_like(x);
        Tensor gamma = Single(channels), beta = Single(channels), tokens = Single(samples * side * side, channels);
        return Seconds(operation switch
        {
            "copy" => () => y.copy_(x),
            "add" => () => x + z,
            "silu" => () => functional.silu(x),
            "group norm" => () => functional.silu(functional.group_norm(x, Math.Min(32, channels / 2), gamma, beta)),
            "layer norm" => () => functional.layer_norm(tokens, [channels], gamma, beta),
            _ => throw new NotSupportedException(operation),
        });
    }

    double Fft(long samples, long side, long channels)
    {
        Tensor x = Single(samples, channels, side, side);
        return Seconds(() => fft.irfft2(fft.rfft2(x), [side, side]));
    }

    double WholeUnet(long samples, long side)
    {
        var network = new TorchUnet(this);
        Tensor x = Half(samples, 4, side, side), context = Half(samples, 77, 2048), time = Half(samples, 320);
        return Seconds(() => network.Forward(x, context, time), rounds: 3);
    }

    double Seconds(Func<Tensor> run, double target = 0.2, int rounds = 5)
    {
        double Once(int count)
        {
            Synchronize();
            long began = Stopwatch.GetTimestamp();
            for (int i = 0; i < count; i++)
            {
                using var scope = NewDisposeScope();
                run();
            }
            Synchronize();
            return Stopwatch.GetElapsedTime(began).TotalSeconds / count;
        }

        Once(2); // chooses algorithms, takes memory
        int count = (int)Math.Clamp(target / Math.Max(Once(3), 1e-7), 1, 10_000);
        double[] times = [.. Enumerable.Range(0, rounds).Select(_ => Once(count))];
        Array.Sort(times);
        return times[rounds / 2];
    }

    void Synchronize()
    {
        if (OnCuda) cuda.synchronize(_device);
    }

    Tensor Half(params ReadOnlySpan<long> sizes) => Random(1f, ScalarType.Float16, sizes);

    Tensor Single(params ReadOnlySpan<long> sizes) => Random(1f, ScalarType.Float32, sizes);

    static Tensor Laid(Tensor map, bool channelsLast) => channelsLast ? map.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : map;
}
