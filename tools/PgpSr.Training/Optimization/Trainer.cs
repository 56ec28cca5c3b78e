using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using PgpSr.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace PgpSr.Training;

/// <summary>A run: from its last checkpoint, or from the beginning, to its last step.</summary>
/// <param name="recipe">What to do.</param>
/// <param name="list">Photographs.</param>
/// <param name="cache">Their decoded file.</param>
/// <param name="folder">Checkpoint and log; a run that finds a checkpoint there continues it.</param>
/// <param name="from">A model whose tensors a new run begins with, where name and shape agree; null for none.</param>
/// <param name="features">ONNX file of a vivid run's feature network; null for none.</param>
sealed class Trainer(Recipe recipe, PhotoList list, string cache, string folder, string? from = null, string? features = null)
{
    // Steps between progress lines.
    const int ReportEvery = 25;

    // Batches made ahead by one thread beside the optimization.
    const int Ahead = 4;

    readonly PgpConfig _config = recipe.Config(from);

    /// <summary>Whether the run scores itself on the validation photographs now and then.</summary>
    public bool Validates { get; init; } = true;

    public string Checkpoint => CheckpointIn(folder, recipe);

    /// <summary>Where a recipe's runs in a folder keep their state.</summary>
    public static string CheckpointIn(string folder, Recipe recipe) => Path.Combine(folder, $"{recipe.Name}.checkpoint.safetensors");

    /// <summary>Trains until the last step or until told to stop.</summary>
    /// <param name="stop">Ends the run after the step under way.</param>
    /// <param name="pauseAt">Ends the run before this step; null for the recipe's last. The learning rate goes by the recipe's.</param>
    public void Run(CancellationToken stop, long? pauseAt = null)
    {
        Directory.CreateDirectory(folder);
        var parameters = new TorchParameters(_config);
        string config = PgpConfigJson.Write(_config);
        using var state = new TrainingState(parameters.Initial(recipe.Seed, recipe.Anchor), parameters.Rates(), parameters.Matrices());
        if (File.Exists(Checkpoint)) state.Load(Checkpoint, config);
        else if (from is not null) Console.WriteLine($"{state.Begin(parameters, _config, from)} of {parameters.Declared.Length} tensors from {from}");
        Console.WriteLine($"{recipe.Name}: {parameters.Count:N0} parameters, step {state.Step} of {recipe.Steps}, {get_num_threads()} threads");
        if (state.Step >= recipe.Steps) return;

        var validation = Validates ? new Validation(PhotoCache.Load(list, cache, "validation"), _config) : null;
        var source = new PairSource(PhotoCache.Load(list, cache, "train"), _config.Scale, recipe);
        using var vivid = recipe.Vivid is null ? null : new VividLoss(recipe, Path.Combine(folder, $"{recipe.Name}.discriminator.safetensors"), features);
        using var log = new TrainingLog(Path.Combine(folder, $"{recipe.Name}.csv"));
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var batches = new BlockingCollection<PairBatch>(Ahead);
        var producing = Task.Factory.StartNew(() => Produce(source, state.Step, batches, ended.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            Loop(parameters, config, state, vivid, validation, batches, log, pauseAt ?? recipe.Steps, stop);
        }
        finally
        {
            ended.Cancel();
            producing.Wait(CancellationToken.None);
            vivid?.Save();
            state.Save(Checkpoint, config);
        }
    }

    void Produce(PairSource source, long step, BlockingCollection<PairBatch> batches, CancellationToken stop)
    {
        try
        {
            for (; step < recipe.Steps; step++)
            {
                var part = recipe.At(step);
                batches.Add(source.Step(step, part.Batch, part.Crop), stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The run was told to stop.
        }
    }

    void Loop(TorchParameters parameters, string config, TrainingState state, VividLoss? vivid, Validation? validation, BlockingCollection<PairBatch> batches, TrainingLog log, long last, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        double before = state.Seconds, saved = 0, reported = 0, loss = 0;
        long crops = 0, pixels = 0;
        while (state.Step < last && !stop.IsCancellationRequested)
        {
            var batch = batches.Take(stop);
            var (value, gradient) = Step(parameters, state, vivid, batch);
            loss += value / ReportEvery;
            crops += batch.Count;
            pixels += (long)batch.Count * batch.Side * batch.Side;
            state.Pixels += (long)batch.Count * batch.Side * batch.Side;
            double now = clock.Elapsed.TotalSeconds;
            state.Seconds = before + now;

            if (state.Step % ReportEvery == 0)
            {
                var scores = state.Step % recipe.ValidateEvery == 0 || state.Step == recipe.Steps ? validation?.Run(parameters, state.Average) : null;
                double rate = crops / (now - reported), left = (recipe.Steps - state.Step) * (now - reported) / ReportEvery;
                log.Write(new LogLine(state.Step, state.Seconds, loss, recipe.LearningRateAt(state.Step - 1), gradient, rate, pixels / (now - reported), state.Pixels, scores), left);
                (reported, loss, crops, pixels) = (now, 0, 0, 0);
            }
            if (now - saved > recipe.CheckpointSeconds)
            {
                vivid?.Save();
                state.Save(Checkpoint, config);
                saved = now;
            }
        }
    }

    (double Loss, double Gradient) Step(TorchParameters parameters, TrainingState state, VividLoss? vivid, PairBatch batch)
    {
        using var scope = NewDisposeScope();
        int large = batch.Side * _config.Scale;
        var type = recipe.Bfloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
        Tensor degraded = Restoration.Planes(batch.Degraded, batch.Count, batch.Side);
        Tensor enlarged = Restoration.Planes(batch.Enlarged, batch.Count, large), truth = Restoration.Planes(batch.Truth, batch.Count, large);
        Tensor Restored() => Restoration.Run(parameters, _config, state.Weights, degraded, enlarged, type, recipe.ToldShare > 0 ? batch.Damage : null);
        if (vivid is not null)
        {
            double told = vivid.Step(Restored(), enlarged, truth, _config.Scale);
            return (told, state.Update(recipe));
        }
        Tensor loss = _config.Prediction == PgpPrediction.Residual
            ? Restoration.Loss(Restored(), truth, recipe)
            : new Diffusion(parameters, _config).Loss(state.Weights, degraded, enlarged, truth, recipe.Seed + state.Step, type);
        loss.backward();
        double value = loss.ToDouble();
        return (value, state.Update(recipe));
    }

    /// <summary>Seconds of a step of this recipe's model, without data: what crop size, batch, threads and type cost.</summary>
    public void Measure(int crop, int batch, int steps)
    {
        var parameters = new TorchParameters(_config);
        using var state = new TrainingState(parameters.Initial(recipe.Seed, recipe.Anchor), parameters.Rates(), parameters.Matrices());
        var random = new Random(1);
        float[] Values(int side) => [.. Enumerable.Range(0, batch * PairSource.Channels * side * side).Select(_ => random.NextSingle() - 0.5f)];
        var data = new PairBatch(batch, crop, Values(crop), Values(crop * _config.Scale), Values(crop * _config.Scale), new float[batch]);
        Step(parameters, state, null, data);
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < steps; i++) Step(parameters, state, null, data);
        double seconds = clock.Elapsed.TotalSeconds / steps;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{parameters.Count} parameters, crop {crop}, batch {batch}, {get_num_threads()} threads, bf16 {recipe.Bfloat16}: {seconds * 1e3:F0} ms a step, {batch / seconds:F1} crops/s, {batch * crop * crop / seconds / 1e3:F1} thousand degraded pixels/s"));
    }
}
