using System.Runtime.InteropServices;
using PgpSr.Imaging;
using PgpSr.Tensors;

namespace PgpSr.Restoration;

/// <summary>
/// The loop over tiles, whatever is tiled (a picture, a latent, either side of an autoencoder): read > evaluate > check > merge > write. A result leaves
/// the backend in strips and rows go on as soon as no later tile reaches them, so that the host holds a tile's input, the merge's band and one strip.
/// These are taken once for all tiles and all runs.
/// </summary>
sealed class TilePass
{
    /// <summary>Fills a tile's input, interleaved, and tells whether it varies: a result of one value all over would then be broken.</summary>
    public delegate bool Read(Tile tile, Span<float> destination);

    /// <summary>The network: input rented for the tile, result rented from the innermost scope.</summary>
    public delegate Tensor Evaluate(Workspace ws, Tensor input, Tile tile);

    /// <summary>Looks at a strip of a tile's result before it is merged, and may change it.</summary>
    public delegate void Check(TileStrip strip);

    /// <summary>Takes finished rows, in order.</summary>
    public delegate void Write(int row, ReadOnlySpan<float> rows);

    /// <summary>The most rows in a strip: what stages after a pass are planned for.</summary>
    public const int MostStripRows = 128;

    // A strip: enough for threads to share, little beside a tile.
    const int StripBytes = 8 << 20, LeastStripRows = 8;

    readonly TileGrid _inputs;
    readonly TileGrid _outputs;
    readonly int _inputChannels;
    readonly int _outputChannels;
    readonly int _keptWidth;
    readonly int _keptHeight;
    float[] _input = [];
    float[] _strip = [];

    /// <param name="inputs">Tiles of the input.</param>
    /// <param name="inputChannels">Its channels.</param>
    /// <param name="outputs">The same tiles of the result.</param>
    /// <param name="outputChannels">Its channels.</param>
    /// <param name="kept">Columns and rows of the result that are written, from the first on; null for all.</param>
    public TilePass(TileGrid inputs, int inputChannels, TileGrid outputs, int outputChannels, (int Width, int Height)? kept = null)
    {
        (_inputs, _inputChannels, _outputs, _outputChannels) = (inputs, inputChannels, outputs, outputChannels);
        (_keptWidth, _keptHeight) = kept ?? (outputs.Width, outputs.Height);
        StripRows = (int)Math.Min(outputs.Height, Math.Clamp(StripBytes / RowBytes, LeastStripRows, MostStripRows));
    }

    /// <summary>How tiles are merged; null for feathered borders.</summary>
    public Func<TileGrid, int, TileMerger>? Merger { get; init; }

    /// <summary>Rows of the result that leave the backend, and go on, at once.</summary>
    public int StripRows { get; }

    /// <summary>Bytes of a strip.</summary>
    public long StripLength => RowBytes * StripRows;

    /// <summary>Bytes of host memory beside the arena.</summary>
    public long HostBytes => checked((long)_inputs.TileWidth * _inputs.TileHeight * _inputChannels * sizeof(float)
        + TileMerger.BandBytes(_outputs, _outputChannels) + StripLength);

    /// <summary>What was read of the tile that is evaluated.</summary>
    public ReadOnlySpan<float> Input => _input;

    long RowBytes => (long)_outputs.Width * _outputChannels * sizeof(float);

    /// <summary>One tile on a planning backend.</summary>
    public void Rehearse(Workspace ws, Evaluate evaluate)
    {
        using var scope = ws.Scope(nameof(TilePass));
        evaluate(ws, RentInput(ws, _inputs[0]), _inputs[0]);
    }

    /// <summary>All tiles.</summary>
    /// <param name="ws">Activations of a tile; its token cancels.</param>
    /// <param name="read">Fills a tile's input.</param>
    /// <param name="evaluate">The network.</param>
    /// <param name="check">Looks at its result.</param>
    /// <param name="write">Takes what is finished.</param>
    public void Run(Workspace ws, Read read, Evaluate evaluate, Check check, Write write)
    {
        if (_input.Length == 0) _input = new float[checked(_inputs.TileWidth * _inputs.TileHeight * _inputChannels)];
        if (_strip.Length == 0) _strip = new float[StripLength / sizeof(float)];
        using var merger = Merger?.Invoke(_outputs, _outputChannels) ?? new TileMerger(_outputs, _outputChannels);
        for (int i = 0; i < _inputs.Count; i++)
        {
            ws.CancellationToken.ThrowIfCancellationRequested();
            bool varies = read(_inputs[i], _input);
            using (ws.Scope(nameof(TilePass)))
            {
                var x = RentInput(ws, _inputs[i]);
                ws.Backend.Upload(MemoryMarshal.AsBytes<float>(_input), x);
                Merge(ws, evaluate(ws, x, _inputs[i]), _outputs[i], varies, check, merger);
            }
            Emit(ws, merger, write);
        }
    }

    Tensor RentInput(Workspace ws, Tile tile) => ws.Rent(new Shape(1, tile.Height, tile.Width, _inputChannels));

    void Merge(Workspace ws, Tensor result, Tile tile, bool varies, Check check, TileMerger merger)
    {
        int row = tile.Width * _outputChannels;
        var rows = result.Reshape(new Shape(tile.Height, row));
        for (int y = 0, count; y < tile.Height; y += count)
        {
            count = Math.Min(StripRows, tile.Height - y);
            var strip = _strip.AsSpan(0, count * row);
            ws.Backend.Download(rows.Slice(y, count), MemoryMarshal.AsBytes(strip));
            check(new TileStrip(tile, varies, strip, y == 0, y + count == tile.Height));
            merger.Add(strip);
            ws.CancellationToken.ThrowIfCancellationRequested();
        }
    }

    void Emit(Workspace ws, TileMerger merger, Write write)
    {
        int row = _outputs.Width * _outputChannels, kept = _keptWidth * _outputChannels;
        while (merger.RowsReady > 0)
        {
            int first = merger.NextRow, count = Math.Min(merger.RowsReady, StripRows);
            merger.Take(_strip.AsSpan(0, count * row));
            count = Math.Min(count, _keptHeight - first);
            if (count <= 0) continue;
            for (int y = 1; row != kept && y < count; y++) _strip.AsSpan(y * row, kept).CopyTo(_strip.AsSpan(y * kept));
            write(first, _strip.AsSpan(0, count * kept));
            ws.CancellationToken.ThrowIfCancellationRequested();
        }
    }
}

/// <summary>Some rows of a tile's result.</summary>
/// <param name="tile">The tile of the result.</param>
/// <param name="varies">Whether its input shows anything.</param>
/// <param name="rows">Whole rows, interleaved.</param>
/// <param name="isFirst">Whether the tile begins here.</param>
/// <param name="isLast">Whether it ends here.</param>
readonly ref struct TileStrip(Tile tile, bool varies, Span<float> rows, bool isFirst, bool isLast)
{
    public Tile Tile { get; } = tile;

    public bool Varies { get; } = varies;

    public Span<float> Rows { get; } = rows;

    public bool IsFirst { get; } = isFirst;

    public bool IsLast { get; } = isLast;
}
