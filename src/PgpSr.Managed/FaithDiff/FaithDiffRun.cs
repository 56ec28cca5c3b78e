using System.Runtime.InteropServices;
using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Sampling;
using PgpSr.Tensors;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace PgpSr.Managed;

/// <summary>
/// Fills a field of unit noise [height, width, channels] whose first value stands at (row, column); always the same value at a place.
/// </summary>
delegate void NoiseField(int field, int row, int column, int height, int width, int channels, Span<float> destination);

/// <summary>
/// One FaithDiff run over a picture (method 3): enlarge and pad > autoencoder's latent > LQ features > start > steps over merged tiles > decode. Each
/// stage has its own arena, exactly as planned, and holds no longer than the next stage needs what it made.
/// </summary>
sealed class FaithDiffRun
{
    const int ImageChannels = 3;

    // Of the enlarged source at once: several kernels high.
    const int EnlargedRows = 64;

    readonly FaithDiffNetworks _networks;
    readonly Backend _backend;
    readonly FaithDiffPlan _plan;
    readonly NoiseField _noise;
    readonly RunContext _context;
    readonly string _model;
    readonly PaddedPicture _picture;
    readonly FaithDiffRehearsal _passes;

    /// <param name="networks">The checkpoint.</param>
    /// <param name="backend">Where it runs.</param>
    /// <param name="model">For messages.</param>
    /// <param name="plan">How.</param>
    /// <param name="source">The degraded picture.</param>
    /// <param name="noise">Where noise comes from.</param>
    /// <param name="context">Cancellation, progress, memory account.</param>
    public FaithDiffRun(
        FaithDiffNetworks networks, Backend backend, string model, FaithDiffPlan plan, Image source, NoiseField noise, RunContext context)
    {
        _networks = networks;
        _backend = backend;
        _plan = plan;
        _noise = noise;
        _context = context;
        _model = model;
        Reference = source.Width == plan.OutputWidth && source.Height == plan.OutputHeight ? source : Enlarge(source);
        _picture = new PaddedPicture(Reference, Factor);
        _passes = new FaithDiffRehearsal(networks, backend, plan.Sampling, Width, Height);
    }

    /// <summary>The source at the result's size.</summary>
    public Image Reference { get; }

    /// <summary>Columns of the latent.</summary>
    public int Width => _picture.Width / Factor;

    /// <summary>Rows of the latent.</summary>
    public int Height => _picture.Height / Factor;

    /// <summary>Called after each network evaluation; for tests.</summary>
    public Action<SamplerStep>? Observe { get; init; }

    int Factor => _networks.Checkpoint.Vae.Factor;

    int Channels => _networks.Checkpoint.Vae.LatentChannels;

    // Strip by strip: samples of 16 bits become floats on the way, and a cancellation need not wait for a large picture.
    Image Enlarge(Image source)
    {
        var resizer = new Resizer(source.Info, _plan.OutputWidth, _plan.OutputHeight, ResizeFilter.Lanczos);
        var large = new Image(resizer.Destination);
        for (int y = 0; y < large.Height; y += EnlargedRows)
        {
            _context.Cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(EnlargedRows, large.Height - y);
            var (first, needed) = resizer.SourceRows(y, count);
            resizer.Resize(source.Rows(first, needed), first, y, large.Rows(y, count));
        }
        return large;
    }

    /// <summary>Bytes that enlarging the source takes beside it: the result, and a strip's floats of 16-bit RGB in all three forms.</summary>
    public static long EnlargementBytes(int width, int height, int targetWidth, int targetHeight)
    {
        double shrinking = Math.Max(1, (double)height / targetHeight);
        long reached = (long)Math.Ceiling(EnlargedRows * (double)height / targetHeight + 8 * shrinking);
        long strip = (long)EnlargedRows * targetWidth + reached * ((long)width + targetWidth);
        return checked((long)targetWidth * targetHeight * ImageChannels * sizeof(ushort) + strip * ImageChannels * sizeof(float));
    }

    /// <summary>All stages after the text's.</summary>
    public void Run(PromptEmbeddings prompt, RowSink sink)
    {
        float[] degraded = _plan.Sampling.NeedsLatent ? EncodeLatent() : [];
        float[] features = EncodeFeatures();
        float[] noise = _plan.Sampling.NeedsNoise ? Noise() : [];
        float[] latent = Sample(prompt, features, _plan.Sampling.Begin(degraded, noise), noise);
        Decode(latent, sink);
    }

    /// <summary>The degraded picture's latent [h, w, C], a sample of the posterior.</summary>
    public float[] EncodeLatent()
    {
        KeepOnly(vae: true);
        var vae = _networks.Vae.Get(_backend, _context);
        var latent = new float[checked(Width * Height * Channels)];
        var grid = _plan.Tiling.EncodeLatent;
        Run(_plan.EncodeLatent!, grid, _passes.EncodeLatentPass(grid), UpscaleStage.Encoding, _picture.Read, (ws, x, tile) =>
        {
            int height = tile.Height / Factor, width = tile.Width / Factor;
            var noise = new float[height * width * Channels];
            _noise(FaithDiffSampling.PosteriorField, tile.Y / Factor, tile.X / Factor, height, width, Channels, noise);
            return EncodeLatent(ws, vae, x, noise);
        }, new OutputWatch(_model, UpscaleStage.Encoding), (row, rows) => rows.CopyTo(latent.AsSpan(row * Width * Channels)));
        return latent;
    }

    /// <summary>A tile's latent from its pixels; the same calls for run and rehearsal.</summary>
    public static Tensor EncodeLatent(Workspace ws, AutoencoderKl vae, Tensor pixels, float[] noise)
    {
        using var scope = ws.Scope(nameof(EncodeLatent));
        var field = ws.Upload(noise, new Shape(1, pixels.Shape[1] / vae.Factor, pixels.Shape[2] / vae.Factor, vae.LatentChannels));
        return scope.Return(vae.Encode(ws, pixels, field));
    }

    /// <summary>The LQ encoder's features [h, w, 512].</summary>
    public float[] EncodeFeatures()
    {
        const int channels = FaithDiffDenoiser.FeatureChannels;
        KeepOnly(denoiser: true);
        var model = _networks.Denoiser.Get(_backend, _context);
        var features = new float[checked(Width * Height * channels)];
        var grid = _plan.Tiling.EncodeFeatures;
        Run(_plan.EncodeFeatures, grid, _passes.EncodeFeaturesPass(grid), UpscaleStage.Encoding, _picture.Read,
            (ws, x, _) => model.EncodeLq(ws, x), new OutputWatch(_model, UpscaleStage.Encoding), (row, rows) => rows.CopyTo(features.AsSpan(row * Width * channels)));
        return features;
    }

    /// <summary>The noise that sampling begins with, unscaled [h, w, C].</summary>
    public float[] Noise()
    {
        var noise = new float[checked(Width * Height * Channels)];
        _noise(FaithDiffSampling.StartField, 0, 0, Height, Width, Channels, noise);
        return noise;
    }

    /// <summary>The restored latent [h, w, C].</summary>
    public float[] Sample(PromptEmbeddings prompt, float[] features, float[] begin, float[] noise)
    {
        KeepOnly(denoiser: true);
        var model = _networks.Denoiser.Get(_backend, _context);
        int tiles = _plan.Tiling.Denoise.Count, steps = _plan.Sampling.Evaluations, step = 0;
        long fixedWork = _plan.Denoise.FixedWork;
        int target = _networks.Checkpoint.Settings.SizeTarget;
        var condition = new FaithDiffCondition(prompt, _plan.Sampling.Guidance, _picture.Height, _picture.Width, target);
        var watch = new OutputWatch(_model, UpscaleStage.Restoring);
        var denoiser = new FaithDiffDenoiser(model, _plan.Tiling, condition, features)
        {
            Reuse = _plan.Sampling.Reuse,
            Check = strip =>
            {
                watch.Check(strip);
                if (!strip.IsLast) return;
                int tile = strip.Tile.Index;
                bool last = tile == tiles - 1;
                if (last) step++;
                _context.Report(UpscaleStage.Restoring, last && step < steps ? 0 : tile + 1, tiles, step, steps, _plan.Denoise.UnitWork + fixedWork);
                fixedWork = 0;
            },
        };
        _context.Report(UpscaleStage.Restoring, 0, tiles, 0, steps);
        using var stage = new StageMemory(_backend, _plan.Denoise, _plan.Workers, _context);
        using var scope = stage.Workspace.Scope(nameof(Sample));
        var (latent, _, _) = _plan.Sampling.Run(stage.Workspace, denoiser.Prepare, denoiser.Predict, begin, noise, new Shape(1, Height, Width, Channels), Observe);
        var result = new float[begin.Length];
        _backend.Download(latent, MemoryMarshal.AsBytes(result.AsSpan()));
        watch.Check(new TileStrip(new Tile(0, 0, 0, 0, 0, Width, Height), varies: true, result, isFirst: true, isLast: true));
        return result;
    }

    /// <summary>Pixels of a latent, without the padding.</summary>
    public void Decode(float[] latent, RowSink sink)
    {
        KeepOnly(vae: _networks.Tiny is null);
        IAutoencoder vae = _networks.Tiny is { } tiny ? tiny : _networks.Vae.Get(_backend, _context);
        var grid = _plan.Tiling.Decode;
        int width = _plan.OutputWidth, height = _plan.OutputHeight;
        float[] picture = [];
        var watch = new OutputWatch(_model, UpscaleStage.Decoding).Over(grid.Scale(Factor), width, height, UpscaleStage.Decoding);
        Run(_plan.Decode, grid, _passes.DecodePass(grid, (width, height)), UpscaleStage.Decoding, (tile, destination) =>
        {
            FaithDiffDenoiser.Crop(latent, Width, Channels, tile, destination);
            return !_picture.IsConstant(tile.Scale(Factor));
        }, (ws, x, _) => vae.Decode(ws, x), watch, (row, rows) =>
        {
            watch.CheckFinished(row, rows);
            // As published: what follows, the colors' statistics above all, sees a picture.
            if (picture.Length < rows.Length) picture = new float[rows.Length];
            var clamped = picture.AsSpan(0, rows.Length);
            Primitives.Clamp(rows, -1, 1, clamped);
            sink(clamped);
        });
    }

    void Run(
        FaithDiffStage plan, TileGrid grid, TilePass pass, UpscaleStage stage,
        TilePass.Read read, TilePass.Evaluate evaluate, OutputWatch watch, TilePass.Write write)
    {
        using var memory = new StageMemory(_backend, plan, _plan.Workers, _context);
        _context.Report(stage, 0, grid.Count, 0, 1);
        pass.Run(memory.Workspace, read, evaluate, strip =>
        {
            watch.Check(strip);
            if (strip.IsLast) _context.Report(stage, strip.Tile.Index + 1, grid.Count, 1, 1, plan.UnitWork);
        }, write);
    }

    // What the plan did not count on having beside the next stage goes before it begins.
    void KeepOnly(bool denoiser = false, bool vae = false)
    {
        if (_plan.Residency != FaithDiffResidency.StageByStage) return;
        if (!denoiser) _networks.Denoiser.Unload(_context);
        if (!vae) _networks.Vae.Unload(_context);
    }
}
