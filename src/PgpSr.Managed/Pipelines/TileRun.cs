using PgpSr.Imaging;
using PgpSr.Restoration;
using PgpSr.Sampling;
using PgpSr.Tensors;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace PgpSr.Managed;

/// <summary>One run of a model that restores tile by tile: source tiles > network > merged rows (+ enlargement) > sink.</summary>
sealed class TileRun : IDisposable
{
    const int Channels = 3;

    readonly TileRestorer _network;
    readonly TilePlan _plan;
    readonly Image _source;
    readonly RowSink _sink;
    readonly RunContext _context;
    readonly Workspace _ws;
    readonly TilePass _pass;
    readonly OutputWatch _watch;
    readonly Resizer _enlarger;
    readonly int _scale;
    readonly float[] _enlargement;
    float[] _sourceRows = [];

    public TileRun(TileRestorer network, Backend backend, ModelInfo model, TilePlan plan, Image source, RowSink sink,
        RunContext context)
    {
        _network = network;
        _plan = plan;
        _source = source;
        _sink = sink;
        _context = context;
        _scale = network.Scale;
        context.Hold(plan.OwnBytes);
        _pass = Pass(network, plan.Grid, plan.OutputWidth, plan.OutputHeight);
        _watch = new OutputWatch(model.Name, UpscaleStage.Restoring)
            .Over(plan.Grid.Scale(_scale), plan.OutputWidth, plan.OutputHeight, UpscaleStage.Finishing);
        _enlarger = new Resizer(source.Info with { Channels = Channels }, plan.OutputWidth, plan.OutputHeight, network.Enlargement);
        _enlargement = network.AddsEnlarged ? new float[checked(_pass.StripRows * plan.OutputWidth * Channels)] : [];
        // Not a byte more than was rehearsed.
        _ws = new Workspace(backend,
            new WorkspaceOptions { LimitBytes = plan.Tile.ArenaBytes, Workers = plan.Workers, KeepsMemory = context.KeepsMemory, Poison = context.Poison })
        { CancellationToken = context.Cancellation };
    }

    /// <summary>The loop, for a run and for its plan. The source is extended where it does not fill whole tiles; the result is cut.</summary>
    public static TilePass Pass(TileRestorer network, TileGrid grid, int width, int height) =>
        new(grid, Channels, grid.Scale(network.Scale), Channels, (width, height));

    public void Run()
    {
        _ws.Reserve(_plan.Tile);
        _pass.Run(_ws, Read, (ws, degraded, tile) => _network.Restore(ws, degraded, Enlarged(tile), Noise(tile), _plan.Steps, step => Observe(step, tile)),
            Check, Finish);
    }

    bool Read(Tile tile, Span<float> destination)
    {
        _context.Report(UpscaleStage.Restoring, tile.Index, _plan.Grid.Count, 0, _plan.Steps);
        int width = Math.Min(tile.Width, _source.Width - tile.X), pixel = _source.Info.PixelLength, row = tile.Width * Channels;
        var info = _source.Info with { Width = width };
        for (int y = 0; y < tile.Height; y++)
        {
            var samples = destination.Slice(y * row, row);
            var pixels = _source.Row(Inside(tile.Y + y, _source.Height)).Slice(tile.X * pixel, width * pixel);
            PixelConversion.ToInterleaved(pixels, info, PixelRange.MinusOneToOne, Channels, samples[..(width * Channels)]);
            // A mirror image wider than the part of the source in this tile ends in its first column.
            for (int x = width; x < tile.Width; x++) samples.Slice(Inside(x, width) * Channels, Channels).CopyTo(samples[(x * Channels)..]);
        }
        return OutputWatch.Varies(destination, Channels);
    }

    // The row or column that stands for one beyond the border.
    int Inside(int place, int side) =>
        place < side ? place : _network.MirrorsBorder ? Math.Max(0, 2 * (side - 1) - place) : side - 1;

    void Observe(SamplerStep step, Tile tile)
    {
        // The last step is reported with the tile.
        if (step.Index + 1 < _plan.Steps)
            _context.Report(UpscaleStage.Restoring, tile.Index, _plan.Grid.Count, step.Index + 1, _plan.Steps, _plan.Tile.MultiplyAdds / _plan.Steps);
    }

    Tensor? Enlarged(Tile tile)
    {
        if (!_network.NeedsEnlarged(_plan.Steps)) return null;
        var shape = new Shape(1, tile.Height * _scale, tile.Width * _scale, Channels);
        float[] enlarged = new float[shape.Count];
        Resizer.Resize(_pass.Input, tile.Width, tile.Height, Channels, tile.Width * _scale, tile.Height * _scale, _network.Enlargement, enlarged);
        return _ws.Upload(enlarged, shape);
    }

    // A place of the whole picture has the same noise in every tile that covers it, and under any tiling.
    Tensor? Noise(Tile tile)
    {
        int channels = _network.NoiseChannels(_plan.Steps);
        if (channels == 0) return null;
        int top = _network.LatentLength(tile.Y), left = _network.LatentLength(tile.X);
        var shape = new Shape(1, _network.LatentLength(tile.Height), _network.LatentLength(tile.Width), channels);
        int row = shape[2] * channels;
        float[] noise = new float[shape.Count];
        var source = new NoiseSource(_plan.Seed);
        Parallel.For(0, shape[1], new ParallelOptions { CancellationToken = _context.Cancellation },
            y => source.Fill(0, top + y, left, 1, shape[2], channels, noise.AsSpan(y * row, row)));
        _network.ShapeNoise(noise);
        return _ws.Upload(noise, shape);
    }

    void Check(TileStrip strip)
    {
        _watch.Check(strip);
        if (_network.ClampsResult) Primitives.Clamp(strip.Rows, -1, 1, strip.Rows);
        if (strip.IsLast)
            _context.Report(UpscaleStage.Restoring, strip.Tile.Index + 1, _plan.Grid.Count, _plan.Steps, _plan.Steps, _plan.Tile.MultiplyAdds / _plan.Steps);
    }

    void Finish(int first, ReadOnlySpan<float> rows)
    {
        if (_network.AddsEnlarged) rows = Enlarge(first, rows);
        _watch.CheckFinished(first, rows);
        _sink(rows);
    }

    // Rows of the result with the enlarged source added.
    ReadOnlySpan<float> Enlarge(int first, ReadOnlySpan<float> rows)
    {
        var (sourceFirst, sourceCount) = _enlarger.SourceRows(first, rows.Length / (_plan.OutputWidth * Channels));
        int needed = sourceCount * _source.Width * Channels;
        if (_sourceRows.Length < needed) _sourceRows = new float[needed];
        var source = _sourceRows.AsSpan(0, needed);
        PixelConversion.ToInterleaved(_source.Rows(sourceFirst, sourceCount), _source.Info, PixelRange.MinusOneToOne, Channels, source);
        var enlargement = _enlargement.AsSpan(0, rows.Length);
        _enlarger.Resize(source, sourceFirst, first, enlargement);
        Primitives.Add(rows, enlargement, enlargement);
        return enlargement;
    }

    public void Dispose()
    {
        _ws.Dispose();
        _context.Hold(-_plan.OwnBytes);
    }
}
