using System.Runtime.InteropServices;
using PgpSr.Imaging;
using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>
/// A network over a picture tile by tile: read > network > look at the result > merge with feathered borders > hand out rows. One tile is merged with
/// nothing and costs nothing. Host buffers are taken once for all tiles.
/// </summary>
sealed class TilePass
{
    /// <summary>Fills a tile's input, interleaved.</summary>
    public delegate void Read(Tile tile, Span<float> destination);

    /// <summary>The network: input rented for the tile, result rented from the innermost scope.</summary>
    public delegate Tensor Evaluate(Workspace ws, Tensor input, Tile tile);

    /// <summary>Looks at a tile's input and result before it is merged.</summary>
    public delegate void Inspect(Tile tile, ReadOnlySpan<float> input, ReadOnlySpan<float> output);

    /// <summary>Takes finished rows, in order.</summary>
    public delegate void Write(int row, ReadOnlySpan<float> rows);

    // What is handed out at once: fewer rows of a wider result, and never more than the stages after the pass are planned for.
    const int StripBytes = 8 << 20, LeastStripRows = 8;

    readonly TileGrid _inputs;
    readonly TileGrid _outputs;
    readonly int _inputChannels;
    readonly int _outputChannels;
    readonly int _stripRows;

    /// <param name="latent">Tiles in latent positions.</param>
    /// <param name="overlap">Latent positions that neighbors share.</param>
    /// <param name="inputFactor">Input samples per latent position and direction.</param>
    /// <param name="inputChannels">Channels of the input.</param>
    /// <param name="outputFactor">Output samples per latent position and direction.</param>
    /// <param name="outputChannels">Channels of the result.</param>
    public TilePass(TileGrid latent, int overlap, int inputFactor, int inputChannels, int outputFactor, int outputChannels)
    {
        _inputs = Scale(latent, overlap, inputFactor);
        _outputs = Scale(latent, overlap, outputFactor);
        _inputChannels = inputChannels;
        _outputChannels = outputChannels;
        _stripRows = (int)Math.Min(_outputs.Height, Math.Clamp(StripBytes / RowBytes, LeastStripRows, UpscalePlanner.StripRows));
    }

    /// <summary>Bytes of host memory beside the arena: buffers of a tile and the merge.</summary>
    public long HostBytes
    {
        get
        {
            long input = (long)_inputs.TileWidth * _inputs.TileHeight * _inputChannels * sizeof(float);
            long output = (long)_outputs.TileWidth * _outputs.TileHeight * _outputChannels * sizeof(float);
            return input + output + (_outputs.Count == 1 ? 0 : TileMerger.BandBytes(_outputs, _outputChannels) + StripLength);
        }
    }

    /// <summary>Bytes of the rows that are handed out at once.</summary>
    public long StripLength => RowBytes * _stripRows;

    long RowBytes => (long)_outputs.Width * _outputChannels * sizeof(float);

    /// <summary>One tile on a planning backend.</summary>
    public void Rehearse(Workspace ws, Evaluate evaluate) => RunTile(ws, _inputs[0], evaluate, [], []);

    /// <summary>All tiles.</summary>
    public void Run(Workspace ws, Read read, Evaluate evaluate, Inspect inspect, Write write)
    {
        var input = new float[checked(_inputs.TileWidth * _inputs.TileHeight * _inputChannels)];
        var output = new float[checked(_outputs.TileWidth * _outputs.TileHeight * _outputChannels)];
        using var merger = _outputs.Count == 1 ? null : new TileMerger(_outputs, _outputChannels);
        int row = checked(_outputs.Width * _outputChannels);
        float[] rows = merger is null ? [] : new float[checked(row * _stripRows)];
        for (int i = 0; i < _inputs.Count; i++)
        {
            ws.CancellationToken.ThrowIfCancellationRequested();
            var tile = _inputs[i];
            read(tile, input);
            RunTile(ws, tile, evaluate, input, output);
            inspect(tile, input, output);
            merger?.Add(output);
            for (int first = 0, count; merger is null && first < _outputs.Height; first += count)
            {
                count = Math.Min(_stripRows, _outputs.Height - first);
                write(first, output.AsSpan(first * row, count * row));
            }
            while (merger?.RowsReady > 0)
            {
                int first = merger.NextRow, count = Math.Min(_stripRows, merger.RowsReady);
                merger.Take(rows.AsSpan(0, count * row));
                write(first, rows.AsSpan(0, count * row));
                ws.CancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    void RunTile(Workspace ws, Tile tile, Evaluate evaluate, ReadOnlySpan<float> input, Span<float> output)
    {
        using var scope = ws.Scope(nameof(TilePass));
        var x = ws.Rent(new Shape(1, tile.Height, tile.Width, _inputChannels));
        ws.Backend.Upload(MemoryMarshal.AsBytes(input), x);
        ws.Backend.Download(evaluate(ws, x, tile), MemoryMarshal.AsBytes(output));
    }

    // Neighbors share at most half a tile, as in the planner's grids: the run has the tiles that were planned.
    static TileGrid Scale(TileGrid latent, int overlap, int factor)
    {
        int tile = Math.Max(latent.TileWidth, latent.TileHeight);
        return TileGrid.CreateOverlapping(latent.Width * factor, latent.Height * factor, tile * factor, Math.Min(overlap, tile / 2) * factor);
    }
}
