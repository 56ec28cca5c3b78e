using System.Collections.Immutable;
using System.Runtime.InteropServices;
using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Sampling;
using PgpSr.Tensors;

namespace PgpSr.Restoration;

/// <summary>
/// FaithDiff's network over a whole latent, as a solver sees it: tiles > both guidance rows > guidance > Gaussian merge (method 3.7). The predictions
/// are merged instead of the samples: Euler's step is linear and its tiles start from one latent, so the two are the same, and any solver can follow.
/// </summary>
sealed class FaithDiffDenoiser
{
    readonly FaithDiffModel _model;
    readonly FaithDiffTiling _tiling;
    readonly FaithDiffCondition _condition;
    readonly int _channels;
    readonly ReadOnlyMemory<float> _features;
    readonly float[] _featureTile;
    readonly float[] _sample;
    readonly TilePass _pass;
    readonly float[] _merged;
    readonly List<(Tensor Context, Tensor? Pooled, TextKeys Keys)> _rows = [];
    readonly List<Tensor> _guides = [];
    readonly List<Tensor> _deep = [];
    int _evaluation = -1;

    /// <param name="model">The network, or its outline for a rehearsal.</param>
    /// <param name="tiling">Tiles and what is kept between steps.</param>
    /// <param name="condition">Prompt, guidance and sizes.</param>
    /// <param name="features">LQ features [h, w, 512]; empty for a rehearsal, which evaluates one tile of each step.</param>
    public FaithDiffDenoiser(FaithDiffModel model, FaithDiffTiling tiling, FaithDiffCondition condition, ReadOnlyMemory<float> features)
    {
        _model = model;
        _tiling = tiling;
        _condition = condition;
        _features = features;
        _channels = model.Config.Unet.OutChannels;
        var grid = tiling.Denoise;
        bool tiled = !features.IsEmpty && grid.Count > 1;
        _featureTile = tiled ? new float[checked(grid.TileWidth * grid.TileHeight * FeatureChannels)] : [];
        _pass = new TilePass(grid, _channels, grid, _channels) { Merger = TileMerger.CreateGaussian };
        _sample = IsRehearsal ? [] : new float[checked(grid.Width * grid.Height * _channels)];
        _merged = tiled ? new float[_sample.Length] : [];
    }

    /// <summary>Channels of the LQ encoder's features (method 3.5).</summary>
    public const int FeatureChannels = 512;

    /// <summary>Looks at each tile's prediction, or null.</summary>
    public TilePass.Check? Check { get; init; }

    /// <summary>Looks at features on their way, or null.</summary>
    public FeatureProbe? Probe { get; init; }

    /// <summary>See <see cref="FaithDiffSampling.Reuse"/>.</summary>
    public int Reuse { get; init; } = 1;

    /// <summary>Called before each evaluation of the network over the whole latent, or null.</summary>
    public Action? Evaluating { get; init; }

    bool IsRehearsal => _features.IsEmpty;

    /// <summary>What stays for all steps: text, its keys, deep features, and guides where they are kept. Rented from the caller's scope.</summary>
    public void Prepare(Workspace ws)
    {
        var prompt = _condition.Prompt;
        if (_tiling.RowsTogether) Add(prompt);
        else
            for (int row = 0; row < prompt.Rows; row++) Add(prompt.Row(row));
        if (Reuse > 1)
        {
            foreach (var tile in _tiling.Denoise.Tiles)
            {
                foreach (var (context, _, _) in _rows)
                    _deep.Add(ws.Rent(_model.Unet.DeepShape(context.Shape[0], tile.Height, tile.Width), ws.Backend.ActivationType));
            }
        }
        if (!_tiling.KeepGuides) return;
        foreach (var tile in _tiling.Denoise.Tiles)
        {
            ws.CancellationToken.ThrowIfCancellationRequested();
            _guides.Add(Guide(ws, tile));
        }

        void Add(PromptEmbeddings rows)
        {
            var (context, pooled) = rows.Upload(ws);
            _rows.Add((context, pooled, _model.Unet.ProjectText(ws, context)));
        }
    }

    /// <summary>The prediction for a whole latent [1, h, w, C] at a timestep.</summary>
    public Tensor Predict(Workspace ws, Tensor x, float timestep)
    {
        Evaluating?.Invoke();
        _evaluation++;
        using var scope = ws.Scope(nameof(FaithDiffDenoiser));
        var grid = _tiling.Denoise;
        if (grid.Count == 1)
        {
            var whole = scope.Return(PredictTile(ws, x, grid[0], timestep));
            if (Check is null) return whole;
            Download(ws, whole, _sample);
            Check(new TileStrip(grid[0], true, _sample, true, true));
            return whole;
        }
        if (IsRehearsal)
        {
            _pass.Rehearse(ws, Evaluate);
            return scope.Return(ws.Rent(x.Shape));
        }
        Download(ws, x, _sample);
        _pass.Run(ws, Read, Evaluate, Check ?? (_ => { }), (row, rows) => rows.CopyTo(_merged.AsSpan(row * grid.Width * _channels)));
        return scope.Return(Upload(ws, _merged, x.Shape));

        bool Read(Tile tile, Span<float> destination)
        {
            Crop(_sample, grid.Width, _channels, tile, destination);
            return true; // a sample holds noise until the end, and what is predicted is part of it
        }

        Tensor Evaluate(Workspace on, Tensor part, Tile tile) => PredictTile(on, part, tile, timestep);
    }

    Tensor PredictTile(Workspace ws, Tensor x, Tile tile, float timestep)
    {
        using var scope = ws.Scope(nameof(PredictTile));
        var guide = _tiling.KeepGuides ? _guides[tile.Index] : Guide(ws, tile);
        if (_tiling.RowsTogether)
        {
            var rows = _model.Forward(ws, x, guide, timestep, Condition(0, _condition.Prompt.Rows, tile), Probe, Deep(0, tile));
            return scope.Return(_condition.Prompt.Rows == 1 ? rows : Guidance.Apply(ws, rows, _condition.Guidance));
        }
        var unconditional = _model.Forward(ws, x, guide, timestep, Condition(0, 1, tile), Probe, Deep(0, tile));
        var conditional = _model.Forward(ws, x, guide, timestep, Condition(1, 1, tile), Probe, Deep(1, tile));
        return scope.Return(ws.Combine(1 - _condition.Guidance, unconditional, _condition.Guidance, conditional));
    }

    DeepFeatures? Deep(int index, Tile tile) =>
        Reuse == 1 ? null : new(_deep[tile.Index * _rows.Count + index], DeepFeatures.ReusedAt(_evaluation, Reuse));

    UnetCondition Condition(int index, int rows, Tile tile)
    {
        var (context, pooled, keys) = _rows[index];
        ImmutableArray<float> numbers = pooled is null ? [] : [.. Enumerable.Repeat(_condition.Numbers(tile), rows).SelectMany(row => row)];
        return new UnetCondition(context, pooled, numbers) { TextKeys = keys };
    }

    Tensor Guide(Workspace ws, Tile tile)
    {
        using var scope = ws.Scope(nameof(Guide));
        var shape = new Shape(1, tile.Height, tile.Width, FeatureChannels);
        Tensor features;
        if (IsRehearsal || _tiling.Denoise.Count == 1)
        {
            features = Upload(ws, _features.Span, shape);
        }
        else
        {
            Crop(_features.Span, _tiling.Denoise.Width, FeatureChannels, tile, _featureTile);
            features = Upload(ws, _featureTile, shape);
        }
        return scope.Return(_model.Guide(ws, features));
    }

    /// <summary>Values on the backend; a rehearsal has none, and only the shape counts.</summary>
    public static Tensor Upload(Workspace ws, ReadOnlySpan<float> values, Shape shape)
    {
        var tensor = ws.Rent(shape);
        if (!values.IsEmpty) ws.Backend.Upload(MemoryMarshal.AsBytes(values), tensor);
        return tensor;
    }

    static void Download(Workspace ws, Tensor tensor, Span<float> values) => ws.Backend.Download(tensor, MemoryMarshal.AsBytes(values));

    public static void Crop(ReadOnlySpan<float> map, int width, int channels, Tile tile, Span<float> destination)
    {
        if (destination.IsEmpty) return; // a rehearsal has no values
        int length = tile.Width * channels;
        for (int y = 0; y < tile.Height; y++) map.Slice(((tile.Y + y) * width + tile.X) * channels, length).CopyTo(destination[(y * length)..]);
    }
}

/// <summary>What the denoiser is told.</summary>
/// <param name="Prompt">Unconditional row first, conditional after; one row without guidance.</param>
/// <param name="Guidance">u + guidance (c - u).</param>
/// <param name="Height">Rows of the padded result.</param>
/// <param name="Width">Columns of the padded result.</param>
/// <param name="SizeTarget">See <see cref="FaithDiffSettings.SizeTarget"/>.</param>
sealed record FaithDiffCondition(PromptEmbeddings Prompt, float Guidance, int Height, int Width, int SizeTarget)
{
    /// <summary>
    /// The six numbers of a tile (method 3.4): size in pixels, position in latent units, target. The published pipeline holds them in float16, and
    /// the rounding of sides over 2048 is part of what the network sees.
    /// </summary>
    public ImmutableArray<float> Numbers(Tile tile) =>
        [(float)(Half)Height, (float)(Half)Width, (float)(Half)tile.Y, (float)(Half)tile.X, (float)(Half)SizeTarget, (float)(Half)SizeTarget];
}
