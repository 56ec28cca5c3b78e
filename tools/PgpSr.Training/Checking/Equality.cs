using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using PgpSr.Cpu;
using PgpSr.Models;
using PgpSr.Safetensors;
using PgpSr.Tensors;
using TorchSharp;

namespace PgpSr.Training;

/// <summary>Whether the library computes what libtorch computes, for every kind of layer that is trained.</summary>
static class Equality
{
    // Of the largest output. Two float32 implementations of these networks differ by about 1e-6 of it; a wrong constant anywhere by more than 1e-3.
    const double Tolerance = 1e-4;

    // A small weight everywhere, heads and adapters included, so that no layer is silent.
    const float Deviation = 0.15f;

    /// <summary>The configurations that are compared: together they hold every layer and every wiring.</summary>
    public static ImmutableArray<(string Name, PgpConfig Config, int Height, int Width)> Cases { get; } =
    [
        ("one step, adapter at the stem", Config(PhasePlacement.Stem, Plain), 12, 20),
        ("odd sides", Config(PhasePlacement.Stem, Plain), 13, 11),
        ("adapters in the decoder, transformers", Config(PhasePlacement.Decoder, Attended), 12, 8),
        ("adapters in the decoder, odd sides", Config(PhasePlacement.Decoder, Attended), 9, 15),
        ("no adapter, no guide, no bottleneck", Config(PhasePlacement.None, Plain with { Middle = null }) with { GuideChannels = 0 }, 8, 8),
        ("x2 in patches of 4, noisy latent with the degraded picture beside it", Config(PhasePlacement.Stem, Attended with { InChannels = 60 }) with
            { Scale = 2, Input = PgpInput.LatentAndDegraded, Prediction = PgpPrediction.Epsilon, Timestep = 321, Steps = 10 }, 8, 12),
    ];

    static UnetConfig Plain => new()
    {
        InChannels = 3, OutChannels = 48, NormGroups = 4,
        Down = [new(16, 1, [-1], true), new(24, 1, [-1], true), new(32, 1, [-1], false)],
        Middle = new(32, 1, -1),
        Up = [new(32, 1, [-1, -1], true), new(24, 1, [-1, -1], true), new(16, 1, [-1, -1], false)],
    };

    static UnetConfig Attended => Plain with
    {
        Down = [new(16, 1, [-1], true), new(24, 3, [1], true), new(32, 2, [2], false)],
        Middle = new(32, 4, 1),
        Up = [new(32, 2, [-1, 2], true), new(24, 3, [0, 1], true), new(16, 1, [-1, -1], false)],
    };

    // Every kind of layer in as few numbers as can be: a file of tests.
    static UnetConfig Tiny => Plain with
    {
        Down = [new(8, 1, [-1], true), new(16, 2, [1], false)],
        Middle = new(16, 4, 1),
        Up = [new(16, 2, [0, -1], true), new(8, 1, [-1, -1], false)],
    };

    static PgpConfig Config(PhasePlacement phase, UnetConfig unet) => new()
    {
        Unet = unet, Phase = phase, GuideChannels = 16, Input = PgpInput.Degraded, Prediction = PgpPrediction.Residual,
    };

    /// <summary>Compares every case; true if all are equal.</summary>
    public static bool Run(TextWriter log)
    {
        bool all = true;
        foreach (var (name, config, height, width) in Cases)
        {
            float[] flat = Weights(config);
            string path = Path.Combine(Path.GetTempPath(), $"pgpsr-equality-{Guid.NewGuid():N}.safetensors");
            try
            {
                WeightExport.Declare(config, flat, half: false).Write(path);
                all &= Compare(name, path, flat, config, height, width, log);
            }
            finally
            {
                File.Delete(path);
            }
        }
        return all;
    }

    /// <summary>Compares a model file's results with libtorch's of the same weights.</summary>
    public static bool OfFile(string path, TextWriter log)
    {
        using var file = SafetensorsFile.Open(path);
        var config = PgpConfigJson.Read(file.Metadata, path);
        float[] flat = [.. PgpModel.Declare(config).SelectMany(tensor => file.ReadSingles(tensor.Name))];
        return Compare(Path.GetFileName(path), path, flat, config, 64, 48, log);
    }

    /// <summary>Writes a case with libtorch's result for tests that have no libtorch: weights, z, degraded, prediction, maps channels-last.</summary>
    public static void WriteCase(string path)
    {
        const int height = 6, width = 9;
        var config = Config(PhasePlacement.Decoder, Tiny) with { GuideChannels = 8 };
        float[] flat = Array.ConvertAll(Weights(config), value => (float)(Half)value);
        var (z, degraded) = Inputs(config, height, width);
        float[] prediction = Torch(config, flat, z, degraded, height, width);
        var writer = WeightExport.Declare(config, flat, half: true, prefix: "model.");
        void Map(string name, float[] values, int channels) => writer.Add(name, SafetensorsDType.Float32, [1, height, width, channels], MemoryMarshal.AsBytes<float>(values).ToArray());
        Map("case.z", z, config.InputChannels);
        Map("case.degraded", degraded, config.DegradedChannels);
        Map("case.prediction", prediction, config.LatentChannels);
        writer.Write(path);
    }

    static bool Compare(string name, string path, float[] flat, PgpConfig config, int height, int width, TextWriter log)
    {
        var (z, degraded) = Inputs(config, height, width);
        float[] expected = Torch(config, flat, z, degraded, height, width);
        using var backend = CpuBackend.Create();
        using var ws = new Workspace(backend);
        using var model = PgpModel.Open(path, backend);
        var guide = config.GuideChannels > 0 ? model.Guide(ws, ws.Upload(degraded, new Shape(1, height, width, config.DegradedChannels))) : null;
        float[] actual = ws.Download(model.Forward(ws, ws.Upload(z, new Shape(1, height, width, config.InputChannels)), guide, config.Timestep));
        double largest = expected.Max(Math.Abs), difference = expected.Zip(actual).Max(p => Math.Abs(p.First - p.Second));
        bool equal = difference <= Tolerance * largest && largest > 0;
        log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(equal ? "equal " : "DIFFER")}  largest difference {difference:E1} of {largest:F3}  {name}, {height}x{width}"));
        return equal;
    }

    static float[] Torch(PgpConfig config, float[] flat, float[] z, float[] degraded, int height, int width)
    {
        using var off = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var model = new TorchPgpModel(config, new TorchParameters(config).See(torch.tensor(flat), torch.ScalarType.Float32));
        torch.Tensor Map(float[] values, int channels) => torch.tensor(values, [1, height, width, channels]).permute(0, 3, 1, 2);
        return model.Forward(Map(z, config.InputChannels), Map(degraded, config.DegradedChannels), [config.Timestep]).permute(0, 2, 3, 1).contiguous().data<float>().ToArray();
    }

    public static float[] Weights(PgpConfig config)
    {
        var random = new Random(5);
        return [.. PgpModel.Declare(config).SelectMany(tensor => Enumerable.Range(0, (int)tensor.Shape.Count)
            .Select(_ => (tensor.Shape.Rank == 1 && tensor.Name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0) + Deviation * (2 * random.NextSingle() - 1)))];
    }

    public static (float[] Z, float[] Degraded) Inputs(PgpConfig config, int height, int width)
    {
        var random = new Random(6);
        float[] Values(int channels) => [.. Enumerable.Range(0, height * width * channels).Select(_ => 2 * random.NextSingle() - 1)];
        float[] degraded = Values(config.DegradedChannels);
        return (config.Input == PgpInput.Degraded ? degraded : Values(config.InputChannels), degraded);
    }
}
