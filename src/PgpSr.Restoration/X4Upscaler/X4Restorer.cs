using PgpSr.Models;
using PgpSr.Sampling;
using PgpSr.Tensors;

namespace PgpSr.Restoration;

/// <summary>
/// One tile through the Stable Diffusion x4 upscaler: the tile is covered with a little noise and stands beside the latent in every step; the latent
/// has the tile's own size, and its autoencoder makes four pixels of a position. Shares networks that it does not own.
/// </summary>
/// <param name="networks">The networks.</param>
/// <param name="checkpoint">How they are sampled.</param>
/// <param name="prompt">States of the text: one row, or a negative prompt's and a prompt's.</param>
/// <param name="guidance">How strongly the prompt counts against the negative one; up to 1 the negative one is not evaluated.</param>
/// <param name="noiseLevel">Of the noise that covers the picture; the network is told.</param>
/// <param name="reuse">Of so many steps one is complete, the others take its features below the outermost level.</param>
sealed class X4Restorer(
    X4Networks networks, X4Checkpoint checkpoint, PromptEmbeddings prompt, float guidance, int noiseLevel, int reuse = 1) : TileRestorer
{
    /// <summary>The published program's values where nobody says otherwise.</summary>
    public const float DefaultGuidance = 9;

    /// <inheritdoc cref="DefaultGuidance"/>
    public const int DefaultNoiseLevel = 20;

    readonly PromptEmbeddings _prompt = prompt.Rows == 2 && guidance <= 1 ? prompt.Row(1) : prompt;

    /// <inheritdoc/>
    public override int Scale => networks.Vae.Factor;

    /// <inheritdoc/>
    public override int TileMultiple => Multiple(checkpoint.Unet);

    /// <summary>Every level of the UNet halves without a remainder.</summary>
    public static int Multiple(UnetConfig unet) => 1 << (unet.Down.Length - 1);

    /// <summary>The network was trained on 128 pixels, and its norms and its attention see a whole tile.</summary>
    public override int DefaultTile => 128;

    /// <summary>No bound: the statistics of a smaller tile are others.</summary>
    public override long DefaultArenaBytes => long.MaxValue;

    /// <inheritdoc/>
    public override bool AddsEnlarged => false;

    /// <inheritdoc/>
    public override long ParameterCount => networks.ParameterCount;

    /// <inheritdoc/>
    public override long WeightBytes => networks.WeightBytes;

    int PictureChannels => checkpoint.Vae.ImageChannels;

    /// <summary>The same with another prompt.</summary>
    public X4Restorer With(PromptEmbeddings other) => new(networks, checkpoint, other, guidance, noiseLevel, reuse);

    /// <inheritdoc/>
    public override string? Refuses(int steps) =>
        steps <= checkpoint.Scheduler.Noise.Count ? null : $"the model has {checkpoint.Scheduler.Noise.Count}";

    /// <inheritdoc/>
    public override bool NeedsEnlarged(int steps) => false;

    /// <summary>The picture's, then the latent's; both have the picture's size.</summary>
    public override int NoiseChannels(int steps) => PictureChannels + checkpoint.Vae.LatentChannels;

    /// <inheritdoc/>
    public override int LatentLength(int pixels) => pixels;

    /// <inheritdoc/>
    public override IReadOnlyList<double> Timesteps(int steps) => checkpoint.Scheduler.For(steps).Timesteps;

    /// <inheritdoc/>
    public override Tensor Restore(
        Workspace ws, Tensor degraded, Tensor? enlarged, Tensor? noise, int steps, Action<SamplerStep>? observe, FeatureProbe? probe = null,
        Action? evaluating = null)
    {
        using var scope = ws.Scope(nameof(X4Restorer));
        var pictureNoise = ws.SliceChannels(noise!, 0, PictureChannels);
        var start = ws.SliceChannels(noise!, PictureChannels, checkpoint.Vae.LatentChannels);
        return scope.Return(networks.Vae.Decode(ws, Sample(ws, Cover(ws, degraded, pictureNoise), start, steps, observe, probe, evaluating)));
    }

    /// <summary>The picture [1, h, w, 3] under noise of the level.</summary>
    public Tensor Cover(Workspace ws, Tensor picture, Tensor noise) => checkpoint.PictureNoise.AddNoise(ws, picture, noise, noiseLevel);

    /// <summary>The latent [1, h, w, 4] of a covered picture, from unit noise.</summary>
    public Tensor Sample(
        Workspace ws, Tensor covered, Tensor noise, int steps, Action<SamplerStep>? observe = null, FeatureProbe? probe = null,
        Action? evaluating = null)
    {
        using var scope = ws.Scope(nameof(Sample));
        // Keys and values of the text are those of every step.
        var rows = Enumerable.Range(0, _prompt.Rows).Select(row =>
        {
            var context = _prompt.Row(row).Upload(ws).Context;
            return new UnetCondition(context, null, []) { ClassLabels = [noiseLevel], TextKeys = networks.Unet.ProjectText(ws, context) };
        }).ToArray();
        Tensor[] deep = reuse == 1 ? [] : [.. rows.Select(_ =>
            ws.Rent(networks.Unet.DeepShape(1, noise.Shape[1], noise.Shape[2]), ws.Backend.ActivationType))];
        int evaluation = 0;
        var schedule = checkpoint.Scheduler.For(steps);
        var start = ws.Scale((float)schedule.InitialNoiseSigma, noise);
        Predictor predict = (on, x, timestep) =>
        {
            bool reused = DeepFeatures.ReusedAt(evaluation++, reuse);
            return Predict(on, x, covered, timestep, rows, [.. deep.Select(map => new DeepFeatures(map, reused))], probe, evaluating);
        };
        return scope.Return(Sampler.Run(ws, predict, start, schedule, observe));
    }

    // One row after the other: as much work as both together, in half the memory.
    Tensor Predict(
        Workspace ws, Tensor x, Tensor covered, float timestep, UnetCondition[] rows, DeepFeatures[] deep, FeatureProbe? probe, Action? evaluating)
    {
        using var scope = ws.Scope(nameof(Predict));
        var input = ws.ConcatChannels(x, covered);
        if (probe is null || rows.Length == 1) evaluating?.Invoke();
        var first = Evaluate(0);
        if (rows.Length == 1) return scope.Return(first);
        evaluating?.Invoke();
        return scope.Return(ws.Combine(1 - guidance, first, guidance, Evaluate(1)));

        // What is measured is the conditional row: the last, or the only one.
        Tensor Evaluate(int row) => networks.Unet.Forward(ws, input, timestep, rows[row], row == rows.Length - 1 ? probe : null, deep.Length == 0 ? null : deep[row]);
    }

    /// <summary>Nothing: the networks are their owner's.</summary>
    protected override void Dispose(bool disposing) { }
}
