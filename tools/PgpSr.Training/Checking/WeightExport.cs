using System.Globalization;
using System.Runtime.InteropServices;
using PgpSr.Models;
using PgpSr.Safetensors;

namespace PgpSr.Training;

/// <summary>A flat vector of weights as a model file that the library opens.</summary>
static class WeightExport
{
    /// <summary>Writes the averaged weights of a checkpoint in F16, with what the model is, what made it and what it has seen.</summary>
    public static void FromCheckpoint(string checkpoint, Recipe recipe, PhotoList list, string path)
    {
        using var file = SafetensorsFile.Open(checkpoint);
        // How a network is sampled may be decided when it is trained; what it is may not.
        var trained = PgpConfigJson.Read(file.Metadata, checkpoint);
        var config = recipe.Model is null ? trained : recipe.Config();
        if (config != trained with { Steps = config.Steps, StartNoise = config.StartNoise, StartColorNoise = config.StartColorNoise }) throw new InvalidDataException($"{checkpoint} is a checkpoint of another configuration");
        if (recipe.ToldShare > 0) config = config with { DamageTimestep = (int)Recipe.ToldTimestep };
        var writer = Declare(config, file.ReadSingles("average"), half: true);
        writer.Metadata["format"] = "pt";
        writer.Metadata["pgpsr.recipe"] = recipe.Name;
        writer.Metadata["pgpsr.steps"] = file.Metadata[TrainingState.StepKey];
        if (file.Metadata.TryGetValue(TrainingState.PixelsKey, out string? pixels)) writer.Metadata[TrainingState.SeenKey] = pixels;
        writer.Metadata["pgpsr.photos.sha256"] = list.Hash;
        if (Scores(Path.ChangeExtension(checkpoint, null)) is { } scores) writer.Metadata["pgpsr.scores"] = scores;
        writer.Metadata["license"] = "MIT";
        writer.Metadata["pgpsr.training_data"] = string.Create(CultureInfo.InvariantCulture,
            $"{list.Of("train").Count()} freely licensed photographs (tools/PgpSr.Training/photos.tsv names sources, holders and licenses)");
        writer.Write(path);
    }

    // From the log beside NAME.checkpoint.safetensors.
    static string? Scores(string checkpoint)
    {
        string log = Path.ChangeExtension(checkpoint, ".csv");
        string[]? last = !File.Exists(log) ? null : File.ReadLines(log).Skip(1).Select(line => line.Split(',')).LastOrDefault(row => row.Length > 9 && row[6].Length > 0);
        return last is null ? null : $"validation photographs, luma PSNR at step {last[0]}: clean {last[6]} dB (bicubic {last[7]}), degraded {last[8]} dB (bicubic {last[9]})";
    }

    /// <summary>A writer that holds the configuration and every tensor of a flat vector.</summary>
    /// <param name="config">The model.</param>
    /// <param name="flat">Its weights, in the order of <see cref="PgpModel.Declare"/>.</param>
    /// <param name="half">F16 instead of F32.</param>
    /// <param name="prefix">Before every key.</param>
    public static SafetensorsWriter Declare(PgpConfig config, float[] flat, bool half, string prefix = "")
    {
        var writer = new SafetensorsWriter();
        writer.Metadata[PgpConfigJson.MetadataKey] = PgpConfigJson.Write(config);
        int at = 0;
        foreach (var tensor in PgpModel.Declare(config))
        {
            int count = (int)tensor.Shape.Count;
            var values = flat.AsSpan(at, count);
            byte[] bytes = half ? MemoryMarshal.AsBytes<Half>(Array.ConvertAll(values.ToArray(), v => (Half)v)).ToArray() : MemoryMarshal.AsBytes(values).ToArray();
            writer.Add(prefix + tensor.Name, half ? SafetensorsDType.Float16 : SafetensorsDType.Float32, TorchParameters.Axes(tensor.Shape), bytes);
            at += count;
        }
        return writer;
    }
}
