using System.Globalization;
using System.Runtime.InteropServices;
using PgpSr.Models;
using PgpSr.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PgpSr.Training;

/// <summary>
/// Everything that a run is at a step: weights, Adam's moments, averaged weights, step. Random numbers are functions of the step, so this is all that an
/// exact resumption needs.
/// </summary>
sealed class TrainingState : IDisposable
{
    /// <summary>Metadata entry: steps taken.</summary>
    public const string StepKey = "training.step";

    /// <summary>Metadata entry: degraded pixels seen.</summary>
    public const string PixelsKey = "training.pixels";

    /// <summary>The same in an exported model.</summary>
    public const string SeenKey = "pgpsr.pixels_seen";
    const string SecondsKey = "training.seconds";
    const string ConfigKey = PgpConfigJson.MetadataKey;

    readonly Tensor _rates;
    readonly IReadOnlyList<(long Start, long Rows, long Columns)> _matrices;

    /// <param name="initial">Weights to begin with.</param>
    /// <param name="rates">Factor of the learning rate for each weight.</param>
    /// <param name="matrices">Where the matrices lie whose steps are orthogonalised, when the recipe says so.</param>
    public TrainingState(float[] initial, float[] rates, IReadOnlyList<(long Start, long Rows, long Columns)> matrices)
    {
        _matrices = matrices;
        _rates = tensor(rates).clone();
        // TorchSharp's tensor() may lay itself over the array: weights and average must not be one memory.
        Weights = tensor(initial).clone().requires_grad_();
        FirstMoment = zeros(initial.Length);
        SecondMoment = zeros(initial.Length);
        Average = tensor(initial).clone();
    }

    public Tensor Weights { get; }

    public Tensor FirstMoment { get; }

    public Tensor SecondMoment { get; }

    public Tensor Average { get; }

    /// <summary>Steps taken.</summary>
    public long Step { get; set; }

    /// <summary>Degraded pixels seen, over all resumptions.</summary>
    public long Pixels { get; set; }

    /// <summary>Seconds that the steps took, over all resumptions.</summary>
    public double Seconds { get; set; }

    /// <summary>One step on the gradient in <see cref="Weights"/>, by Adam (Kingma and Ba 2015) or, for matrices, by orthogonalised momentum; and one of the average.</summary>
    /// <returns>Length of the gradient before it was shortened; when it is not finite the step is left out.</returns>
    public double Update(Recipe recipe)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        Tensor gradient = Weights.grad!;
        double length = Math.Sqrt(gradient.dot(gradient).ToDouble());
        Step++;
        if (double.IsFinite(length))
        {
            using Scalar shorten = Math.Min(1, recipe.ClipNorm / length);
            using Scalar beta1 = recipe.Beta1, beta2 = recipe.Beta2, rest1 = 1 - recipe.Beta1, rest2 = 1 - recipe.Beta2;
            gradient.mul_(shorten);
            FirstMoment.mul_(beta1).add_(gradient, rest1);
            SecondMoment.mul_(beta2).addcmul_(gradient, gradient, rest2);
            double first = 1 - Math.Pow(recipe.Beta1, Step), second = 1 - Math.Pow(recipe.Beta2, Step);
            using Scalar correction = Math.Sqrt(second), epsilon = 1e-8, bias = first, rate = -recipe.LearningRateAt(Step - 1);
            Tensor root = SecondMoment.sqrt().div_(correction).add_(epsilon);
            Tensor direction = FirstMoment.div(root).div_(bias);
            if (recipe.Orthogonal)
            {
                Tensor ahead = FirstMoment.mul(beta1).add_(gradient, rest1);
                foreach (var (start, rows, columns) in _matrices)
                    Orthogonalisation.Run(ahead.narrow(0, start, rows * columns).view(rows, columns), direction.narrow(0, start, rows * columns).view(rows, columns));
            }
            Weights.addcmul_(direction, _rates, rate);
            // A young average forgets its beginning: (1 + n)/(10 + n), as in most implementations.
            double decay = Math.Min(recipe.AverageDecay, (1.0 + Step) / (10 + Step));
            using Scalar keep = decay, take = 1 - decay;
            Average.mul_(keep).add_(Weights, take);
        }
        gradient.zero_();
        return length;
    }

    /// <summary>Writes the checkpoint: to a temporary file that takes the old one's place.</summary>
    public void Save(string path, string config)
    {
        var writer = new SafetensorsWriter();
        writer.Metadata[ConfigKey] = config;
        writer.Metadata[StepKey] = Step.ToString(CultureInfo.InvariantCulture);
        writer.Metadata[PixelsKey] = Pixels.ToString(CultureInfo.InvariantCulture);
        writer.Metadata[SecondsKey] = Seconds.ToString("R", CultureInfo.InvariantCulture);
        foreach (var (name, flat) in Parts())
            writer.Add(name, SafetensorsDType.Float32, [flat.numel()], MemoryMarshal.AsBytes<float>(flat.detach().data<float>().ToArray()).ToArray());
        writer.Write(path);
    }

    /// <summary>Continues from a checkpoint.</summary>
    /// <exception cref="InvalidDataException">It is of another model.</exception>
    public void Load(string path, string config)
    {
        using var file = SafetensorsFile.Open(path);
        if (file.Metadata[ConfigKey] != config) throw new InvalidDataException($"{path} is a checkpoint of another configuration");
        using var off = no_grad();
        foreach (var (name, flat) in Parts()) flat.copy_(tensor(file.ReadSingles(name)));
        Step = long.Parse(file.Metadata[StepKey], CultureInfo.InvariantCulture);
        if (file.Metadata.TryGetValue(PixelsKey, out string? pixels)) Pixels = long.Parse(pixels, CultureInfo.InvariantCulture);
        Seconds = double.Parse(file.Metadata[SecondsKey], CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// Takes the tensors of a model that have this one's names and shapes; the others stay as they were initialized. A sampler of residuals begins with a
    /// one-step model as that model: from pure noise, v is the negative residual in units of its deviation, and conv_in is blind to the latent.
    /// </summary>
    /// <returns>How many were taken.</returns>
    public int Begin(TorchParameters parameters, PgpConfig config, string path)
    {
        using var file = SafetensorsFile.Open(path);
        var before = PgpConfigJson.Read(file.Metadata, path);
        // What those weights have seen counts on.
        if (file.Metadata.TryGetValue(SeenKey, out string? seen)) Pixels = long.Parse(seen, CultureInfo.InvariantCulture);
        bool samples = config.ResidualDeviation > 0 && config.Prediction == PgpPrediction.Velocity && before is { Prediction: PgpPrediction.Residual, Input: PgpInput.Degraded };
        using var off = no_grad();
        int taken = 0;
        long at = 0;
        foreach (var tensor in parameters.Declared)
        {
            long count = tensor.Shape.Count;
            float[]? values = null;
            if (file.TryGet(tensor.Name, out var entry))
            {
                if (entry.Shape.SequenceEqual(TorchParameters.Axes(tensor.Shape))) values = file.ReadSingles(tensor.Name);
                else if (samples && tensor.Name == "conv_in.weight" && before.DegradedChannels == config.DegradedChannels && entry.Shape[0] == tensor.Shape[0])
                    values = BlindToLatent(file.ReadSingles(tensor.Name), tensor.Shape[0], (int)(count / tensor.Shape[0]));
            }
            if (values is not null)
            {
                if (samples && tensor.Name.StartsWith("conv_out.", StringComparison.Ordinal))
                    values = Array.ConvertAll(values, value => -value / config.ResidualDeviation);
                using Tensor taking = torch.tensor(values);
                Weights.narrow(0, at, count).copy_(taking);
                Average.narrow(0, at, count).copy_(taking);
                taken++;
            }
            at += count;
        }
        return taken;
    }

    // The degraded picture comes after the latent.
    static float[] BlindToLatent(float[] filters, int count, int length)
    {
        var wider = new float[count * length];
        int known = filters.Length / count;
        for (int i = 0; i < count; i++) filters.AsSpan(i * known, known).CopyTo(wider.AsSpan((i + 1) * length - known));
        return wider;
    }

    (string Name, Tensor Flat)[] Parts() => [("weights", Weights), ("first_moment", FirstMoment), ("second_moment", SecondMoment), ("average", Average)];

    public void Dispose()
    {
        _rates.Dispose();
        foreach (var (_, flat) in Parts()) flat.Dispose();
    }
}
