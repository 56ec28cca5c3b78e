using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>One run of a small model over a picture.</summary>
sealed class SmallModelRun : IDisposable
{
    const int Channels = PgpConfig.ImageChannels;

    // Rows of the result that are finished together: enough for threads to share, little beside a tile.
    const int StripRows = 128;

    readonly SmallModelNetwork _network;
    readonly ModelInfo _model;
    readonly SmallModelPlan _plan;
    readonly Image _source;
    readonly RowSink _sink;
    readonly RunContext _context;
    readonly Workspace _ws;
    readonly Resizer _enlarger;
    readonly float[] _tile;
    readonly float[] _result;
    readonly float[] _strip;

    public SmallModelRun(SmallModelNetwork network, Backend backend, ModelInfo model, SmallModelPlan plan, Image source, RowSink sink, RunContext context)
    {
        _network = network;
        _model = model;
        _plan = plan;
        _source = source;
        _sink = sink;
        _context = context;
        _ws = new Workspace(backend, new WorkspaceOptions { Poison = context.Poison }) { CancellationToken = context.Cancellation };
        _enlarger = new Resizer(source.Info with { Channels = Channels }, plan.OutputWidth, plan.OutputHeight, ResizeFilter.Bicubic);
        int scale = network.Config.Scale, pixels = plan.Grid.TileWidth * plan.Grid.TileHeight;
        _tile = new float[pixels * Channels];
        _result = new float[checked(pixels * Channels * scale * scale)];
        _strip = new float[checked(StripRows * plan.OutputWidth * Channels)];
    }

    public void Run()
    {
        _ws.Reserve(_plan.Tile);
        _context.Hold(_plan.Tile.ArenaBytes);
        int scale = _network.Config.Scale;
        var grid = _plan.Grid;
        var outputGrid = grid.Scale(scale);
        var merger = new TileMerger(outputGrid, Channels);
        for (int i = 0; i < grid.Count; i++)
        {
            var tile = grid[i];
            _context.Report(UpscaleStage.Restoring, i, grid.Count, 0, _plan.Steps);
            bool constant = ReadTile(tile);
            Restore(tile);
            Check(tile, constant);
            merger.Add(_result);
            _context.Report(UpscaleStage.Restoring, i + 1, grid.Count, _plan.Steps, _plan.Steps, _plan.Tile.MultiplyAdds);
            Emit(merger);
        }
    }

    bool ReadTile(Tile tile)
    {
        var rowInfo = _source.Info with { Width = tile.Width };
        int pixel = _source.Info.PixelLength, row = tile.Width * Channels;
        for (int y = 0; y < tile.Height; y++)
            PixelConversion.ToInterleaved(_source.Row(tile.Y + y).Slice(tile.X * pixel, rowInfo.RowLength), rowInfo, PixelRange.MinusOneToOne, Channels, _tile.AsSpan(y * row, row));
        return IsConstant(_tile);
    }

    void Restore(Tile tile)
    {
        using var scope = _ws.Scope();
        var degraded = _ws.Upload(_tile, new Shape(1, tile.Height, tile.Width, Channels));
        var restored = _network.Restore(_ws, degraded, null, null, _plan.Steps, null);
        _ws.Backend.Download(restored, MemoryMarshal.AsBytes(_result.AsSpan()));
    }

    void Check(Tile tile, bool constantSource)
    {
        if (!TensorPrimitives.IsFiniteAll<float>(_result)) Throw.NotFinite(_model.Name, UpscaleStage.Restoring, tile.Index);
        if (!constantSource && IsConstant(_result)) Throw.Constant(_model.Name, UpscaleStage.Restoring, tile.Index);
    }

    static bool IsConstant(ReadOnlySpan<float> samples) => TensorPrimitives.Min(samples) == TensorPrimitives.Max(samples);

    void Emit(TileMerger merger)
    {
        int row = _plan.OutputWidth * Channels;
        while (merger.RowsReady > 0)
        {
            int first = merger.NextRow, count = Math.Min(merger.RowsReady, StripRows);
            var strip = _strip.AsSpan(0, count * row);
            merger.Take(strip);
            if (_network.PredictsResidual) AddEnlarged(first, count, strip);
            _sink(strip);
            _context.Cancellation.ThrowIfCancellationRequested();
        }
    }

    void AddEnlarged(int first, int count, Span<float> strip)
    {
        var (sourceFirst, sourceCount) = _enlarger.SourceRows(first, count);
        float[] rows = new float[sourceCount * _source.Width * Channels], enlarged = new float[strip.Length];
        PixelConversion.ToInterleaved(_source.Rows(sourceFirst, sourceCount), _source.Info, PixelRange.MinusOneToOne, Channels, rows);
        _enlarger.Resize(rows, sourceFirst, first, enlarged);
        TensorPrimitives.Add(strip, enlarged, strip);
    }

    public void Dispose()
    {
        _ws.CancellationToken = CancellationToken.None;
        _ws.Dispose();
        _context.Hold(-_context.HeldBytes);
    }
}
