using PgpSr.Models;
using PgpSr.Onnx;
using PgpSr.Safetensors;
using PgpSr.Tensors;

namespace PgpSr.CommandLine;

/// <summary>A checkpoint's network as an exporter takes it: its weights, its inputs, how it is loaded and evaluated.</summary>
/// <param name="Source">The weights.</param>
/// <param name="Kind">What it is, in words.</param>
/// <param name="Inputs">Known when it is described; sizes are an example.</param>
/// <param name="Load">Into a backend.</param>
sealed record ExportedNetwork(
    WeightSource Source, string Kind, IReadOnlyList<OnnxInput> Inputs,
    Func<Backend, (IDisposable Network, Func<Workspace, Tensor[], Tensor> Forward)> Load)
    : IDisposable
{
    // Sides that every halving of these networks divides.
    const int Side = 64, Tokens = 77;
    // Timesteps of training end here.
    internal const int LastTimestep = 999;

    /// <summary>Bytes of all weights, as stored.</summary>
    public long Bytes => Source.Keys.Sum(key =>
        Source.TryDescribe(key, out WeightDescription? found) ? found.Shape.Count * (found.Type?.Size() ?? 0) : 0);

    public void Dispose() => Source.Dispose();

    /// <summary>Opens a checkpoint: one of this project's models, a UNet's folder with its config.json, or a network of Real-ESRGAN's
    /// forms.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="timestep">At which a UNet or a model is evaluated; null for the model's own, or the last.</param>
    /// <param name="cancellation">Stops loading between two tensors.</param>
    /// <exception cref="ConfigException">It is none of these.</exception>
    public static ExportedNetwork Open(string path, int? timestep, CancellationToken cancellation)
    {
        if (!Path.Exists(path))
            throw new CommandException(ExitCode.Model,
                $"{path}: neither an embedded model ({string.Join(", ", Managed.ModelCatalog.Names)}) nor a file or folder");
        string config = Path.Combine(path, "config.json");
        if (File.Exists(config))
            return OfUnet(SafetensorsSource.Open(path), UnetConfigJson.Read(ConfigFile.Read(config), config), timestep, cancellation);
        if (Directory.Exists(path)) throw new ConfigException(path, "contains no config.json; name the UNet folder of a checkpoint, for example MODEL/unet");
        if (Path.GetExtension(path) is ".safetensors")
        {
            var checkpoint = SafetensorsCheckpoint.Open(path);
            if (checkpoint.Files[0].Metadata.ContainsKey(PgpConfigJson.MetadataKey))
                return OfModel(new SafetensorsSource(checkpoint), PgpConfigJson.Read(checkpoint.Files[0].Metadata, path), timestep, cancellation);
            checkpoint.Dispose();
        }
        WeightSource source = RealEsrgan.Open(path);
        return new(source, "a Real-ESRGAN network, pictures in [0, 1]", [Map("picture", 3)], backend =>
        {
            IPixelUpscaler network = RealEsrgan.Load(source, backend, cancellation);
            return (network, (ws, inputs) => network.Forward(ws, inputs[0]));
        });
    }

    static ExportedNetwork OfModel(WeightSource source, PgpConfig config, int? timestep, CancellationToken cancellation)
    {
        float at = timestep ?? config.Timestep;
        OnnxInput[] inputs = config.Input == PgpInput.Degraded ? [Map("degraded", config.DegradedChannels)]
            : [Map("degraded", config.DegradedChannels), Map("sample", config.InputChannels)];
        return new(source, $"the network of one of this project's models at timestep {at}, the degraded picture in [-1, 1]", inputs, backend =>
        {
            var model = PgpModel.Load(source, backend, config, cancellation);
            return (model, (ws, tensors) => model.Forward(ws, tensors[^1], model.Guide(ws, tensors[0]), at));
        });
    }

    static ExportedNetwork OfUnet(WeightSource source, UnetConfig config, int? timestep, CancellationToken cancellation)
    {
        float at = timestep ?? LastTimestep;
        var inputs = new List<OnnxInput> { Map("sample", config.InChannels) };
        if (config.ContextChannels > 0) inputs.Add(new("context", new Shape(1, Tokens, config.ContextChannels)));
        if (config.AddedCondition is { } added) inputs.Add(new("pooled", new Shape(1, added.PooledChannels)));
        return new(source, $"a UNet at timestep {at}, of a picture of 1024x1024", inputs, backend =>
        {
            var unet = Unet.Load(source, backend, config, cancellation);
            return (unet, (ws, tensors) => unet.Forward(ws, tensors[0], at, new UnetCondition(
                config.ContextChannels > 0 ? tensors[1] : null, config.AddedCondition is null ? null : tensors[^1],
                config.AddedCondition is null ? [] : [1024, 1024, 0, 0, 1024, 1024])));
        });
    }

    static OnnxInput Map(string name, int channels) => new(name, new Shape(1, Side, Side, channels));
}
