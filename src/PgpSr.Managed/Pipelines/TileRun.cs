using System.Runtime.InteropServices;
using PgpSr.Imaging;
using PgpSr.Restoration;
using PgpSr.Sampling;
using PgpSr.Tensors;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace PgpSr.Managed;

/// <summary>One run of a model over a picture, tile by tile: tile > network > checked and merged > strips (+ enlargement) > sink.</summary>
sealed class TileRun : IDisposable
{
    const int Channels = 3;

    readonly TileRestorer _network;
    readonly ModelInfo _model;
    readonly TilePlan _plan;
    readonly Image _source;
    readonly RowSink _sink;
    readonly RunContext _context;
    readonly Workspace _ws;
    readonly TileMerger _merger;
    readonly TileWatch _watch;
    readonly Resizer _enlarger;
    readonly int _scale;
    readonly float[] _tile;
    readonly float[] _strip;
    readonly float[] _enlargement;
    float[] _piece = [];
    float[] _sourceRows = [];

    public TileRun(TileRestorer network, Backend backend, ModelInfo model, TilePlan plan, Image source, RowSink sink,
        RunContext context)
    {
        _network = network;
        _model = model;
        _plan = plan;
        _source = source;
        _sink = sink;
        _context = context;
        _scale = network.Scale;
        context.Hold(plan.OwnBytes);
        var grid = plan.Grid.Scale(_scale);
        _watch = new TileWatch(grid, plan.OutputWidth, plan.OutputHeight, model.Name);
        _enlarger = new Resizer(source.Info with { Channels = Channels }, plan.OutputWidth, plan.OutputHeight, network.Enlargement);
        _tile = new float[plan.Grid.TileWidth * plan.Grid.TileHeight * Channels];
        _strip = new float[checked(plan.StripRows * grid.Width * Channels)];
        _enlargement = network.AddsEnlarged ? new float[checked(plan.StripRows * plan.OutputWidth * Channels)] : [];
        _merger = new TileMerger(grid, Channels);
        // Not a byte more than was rehearsed.
        _ws = new Workspace(backend,
            new WorkspaceOptions { LimitBytes = plan.Tile.ArenaBytes, Workers = plan.Workers, Poison = context.Poison })
        { CancellationToken = context.Cancellation };
    }

    public void Run()
    {
        _ws.Reserve(_plan.Tile);
        int count = _plan.Grid.Count;
        foreach (var tile in _plan.Grid.Tiles)
        {
            _context.Report(UpscaleStage.Restoring, tile.Index, count, 0, _plan.Steps);
            ReadTile(tile);
            bool varies = Primitives.Min(_tile) != Primitives.Max(_tile);
            _watch.Expect(tile.Index, varies);
            Restore(tile, varies);
            _context.Report(UpscaleStage.Restoring, tile.Index + 1, count, _plan.Steps, _plan.Steps, _plan.Tile.MultiplyAdds / _plan.Steps);
            Emit();
        }
    }

    // The source is extended where it does not fill whole tiles.
    void ReadTile(Tile tile)
    {
        int width = Math.Min(tile.Width, _source.Width - tile.X), pixel = _source.Info.PixelLength, row = tile.Width * Channels;
        var info = _source.Info with { Width = width };
        for (int y = 0; y < tile.Height; y++)
        {
            var samples = _tile.AsSpan(y * row, row);
            var pixels = _source.Row(Inside(tile.Y + y, _source.Height)).Slice(tile.X * pixel, width * pixel);
            PixelConversion.ToInterleaved(pixels, info, PixelRange.MinusOneToOne, Channels, samples[..(width * Channels)]);
            // A mirror image wider than the part of the source in this tile ends in its first column.
            for (int x = width; x < tile.Width; x++) samples.Slice(Inside(x, width) * Channels, Channels).CopyTo(samples[(x * Channels)..]);
        }
    }

    // The row or column that stands for one beyond the border.
    int Inside(int place, int side) =>
        place < side ? place : _network.MirrorsBorder ? Math.Max(0, 2 * (side - 1) - place) : side - 1;

    void Restore(Tile tile, bool varies)
    {
        using var scope = _ws.Scope();
        var degraded = _ws.Upload(_tile, new Shape(1, tile.Height, tile.Width, Channels));
        var restored = _network.Restore(_ws, degraded, Enlarged(tile), Noise(tile), _plan.Steps, step => Observe(step, tile));
        Merge(restored, tile, varies);
    }

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
        Resizer.Resize(_tile, tile.Width, tile.Height, Channels, tile.Width * _scale, tile.Height * _scale, _network.Enlargement, enlarged);
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

    // The result leaves the backend in pieces: it is never on the host as a whole.
    void Merge(Tensor restored, Tile tile, bool varies)
    {
        int width = tile.Width * _scale * Channels, height = tile.Height * _scale;
        var rows = restored.Reshape(new Shape(height, width));
        if (_piece.Length == 0) _piece = new float[Math.Min(height, _plan.StripRows) * width];
        float least = float.PositiveInfinity, most = float.NegativeInfinity;
        for (int y = 0; y < height; y += _plan.StripRows)
        {
            int count = Math.Min(_plan.StripRows, height - y);
            var piece = _piece.AsSpan(0, count * width);
            _ws.Backend.Download(rows.Slice(y, count), MemoryMarshal.AsBytes(piece));
            if (!Primitives.IsFiniteAll<float>(piece)) throw Throw.NotFinite(_model.Name, UpscaleStage.Restoring, tile.Index);
            least = Math.Min(least, Primitives.Min<float>(piece));
            most = Math.Max(most, Primitives.Max<float>(piece));
            if (_network.ClampsResult) Primitives.Clamp(piece, -1, 1, piece);
            _merger.Add(piece);
            _context.Cancellation.ThrowIfCancellationRequested();
        }
        if (varies && least == most) throw Throw.Constant(_model.Name, UpscaleStage.Restoring, tile.Index);
    }

    void Emit()
    {
        int extended = _plan.Grid.Width * _scale * Channels, row = _plan.OutputWidth * Channels;
        while (_merger.RowsReady > 0)
        {
            int first = _merger.NextRow, count = Math.Min(_merger.RowsReady, _plan.StripRows);
            _merger.Take(_strip.AsSpan(0, count * extended));
            count = Math.Min(count, _plan.OutputHeight - first);
            if (count <= 0) continue;
            for (int y = 1; extended != row && y < count; y++) _strip.AsSpan(y * extended, row).CopyTo(_strip.AsSpan(y * row));
            var strip = _strip.AsSpan(0, count * row);
            if (_network.AddsEnlarged) AddEnlargement(first, count, strip);
            _watch.See(first, strip);
            _sink(strip);
            _context.Cancellation.ThrowIfCancellationRequested();
        }
    }

    void AddEnlargement(int first, int count, Span<float> strip)
    {
        var (sourceFirst, sourceCount) = _enlarger.SourceRows(first, count);
        int needed = sourceCount * _source.Width * Channels;
        if (_sourceRows.Length < needed) _sourceRows = new float[needed];
        var rows = _sourceRows.AsSpan(0, needed);
        PixelConversion.ToInterleaved(_source.Rows(sourceFirst, sourceCount), _source.Info, PixelRange.MinusOneToOne, Channels, rows);
        var enlargement = _enlargement.AsSpan(0, strip.Length);
        _enlarger.Resize(rows, sourceFirst, first, enlargement);
        Primitives.Add(strip, enlargement, strip);
    }

    public void Dispose()
    {
        _ws.Dispose();
        _merger.Dispose();
        _context.Hold(-_plan.OwnBytes);
    }
}
