using PgpSr.Imaging;
using PgpSr.Restoration;
using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>Tile sizes from a budget: the largest tile whose rehearsed run, with everything that is held around it, fits.</summary>
static class TilePlanner
{
    const int Channels = 3;

    // Below it, more is computed in overlaps than in tiles.
    const int LeastTile = 64;

    const int TileStep = 32;

    // Sides of tiles that halve a few times without a remainder and suit transforms.
    const int TileMultiple = 16;

    // Smaller pictures are extended: a network of three levels sees a pixel or two of them at its bottom.
    const int LeastSide = 16;

    /// <summary>Why a noise level is refused by a model that has none.</summary>
    public const string NoNoiseLevel = "is set, but this model adds no noise to its input";

    public static TilePlan Plan(TileRestorer network, Backend backend, ModelInfo model, PipelineRequest request)
    {
        var options = request.Options;
        int steps = options.Steps ?? model.DefaultSteps;
        if (steps is < 1 or > 1000) Throw.Option(model.Name, nameof(options.Steps), $"is {steps}; expected 1 to 1000");
        if (network.Refuses(steps) is { } reason) Throw.Option(model.Name, nameof(options.Steps), $"is {steps}; {reason}");
        if (options.Reuse != 1)
            Throw.Option(model.Name, nameof(options.Reuse), $"is {options.Reuse}; {(steps == 1 ? DeepReuse.OneStep : DeepReuse.OtherNetwork)}");
        if (options.Guidance is not null)
            Throw.Option(model.Name, nameof(options.Guidance), "is set, but this model takes no prompt that could guide it");
        if (options.Prompt is not null) Throw.Option(model.Name, nameof(options.Prompt), "is set, but this model takes no prompt");
        if (options.NoiseLevel is not null) Throw.Option(model.Name, nameof(options.NoiseLevel), NoNoiseLevel);
        if (options.Tile < LeastTile) Throw.Option(model.Name, nameof(options.Tile), $"is {options.Tile}; expected at least {LeastTile}");
        if (options.Overlap is { } overlap && (overlap < 0 || overlap > (options.Tile ?? network.DefaultTile) / 2))
            Throw.Option(model.Name, nameof(options.Overlap), $"is {overlap}; expected 0 to half a tile");
        long smallest = long.MaxValue;
        long arena = (options.Tile ?? options.MemoryBudget) is null ? network.DefaultArenaBytes : long.MaxValue;
        TilePlan? fits = null;
        TileGrid? before = null;
        for (int tile = options.Tile ?? network.DefaultTile; tile >= LeastTile; tile -= TileStep)
        {
            var grid = Grid(network, request, tile);
            if (before is not null && (before.TileWidth, before.TileHeight) == (grid.TileWidth, grid.TileHeight)) continue;
            before = grid;
            var plan = ForGrid(network, backend, request, grid, steps);
            if (plan.PeakBytes <= request.BudgetBytes)
            {
                if (plan.Tile.ArenaBytes <= arena) return plan;
                fits = plan;
            }
            smallest = Math.Min(smallest, plan.PeakBytes);
        }
        return fits ?? throw Throw.Budget(request.BudgetBytes, smallest);
    }

    static TileGrid Grid(TileRestorer network, PipelineRequest request, int tile)
    {
        int patch = network.TileMultiple;
        int overlap = Math.Min(request.Options.Overlap ?? network.DefaultOverlap, tile / 2);
        return TileGrid.CreateBalanced(Extended(request.Width, patch), Extended(request.Height, patch), tile / patch * patch, overlap / patch * patch,
            TileMultiple);
    }

    static int Extended(int side, int patch) => (Math.Max(side, LeastSide) + patch - 1) / patch * patch;

    static TilePlan ForGrid(TileRestorer network, Backend backend, PipelineRequest request, TileGrid grid, int steps)
    {
        int scale = network.Scale, h = grid.TileHeight, w = grid.TileWidth, latentHeight = network.LatentLength(h), latentWidth = network.LatentLength(w);
        int noiseChannels = network.NoiseChannels(steps);
        int width = checked(request.Width * scale), height = checked(request.Height * scale);
        var pass = TileRun.Pass(network, grid, width, height);
        var tile = Workspace.Plan(backend, on => pass.Rehearse(on, (ws, degraded, _) =>
        {
            var enlarged = network.NeedsEnlarged(steps) ? ws.Rent(new Shape(1, h * scale, w * scale, Channels)) : null;
            var noise = noiseChannels > 0 ? ws.Rent(new Shape(1, latentHeight, latentWidth, noiseChannels)) : null;
            return network.Restore(ws, degraded, enlarged, noise, steps, null);
        }));
        long resultTile = (long)h * w * scale * scale * Channels * sizeof(float);
        // Beside the tile's activations: the kernels' scratch, what the loop holds, two strips (enlargement, its half-way stage); models that start from
        // noise or from the enlargement make those on the host.
        var scratch = backend.ScratchFor(latentHeight, latentWidth);
        long own =
            checked(tile.ArenaBytes + scratch.Bytes + pass.HostBytes + 2 * pass.StripLength
            + (network.NeedsEnlarged(steps) ? 2 * resultTile : 0)
            + (noiseChannels > 0 ? Math.Max(resultTile, (long)latentHeight * latentWidth * noiseChannels * sizeof(float)) : 0));
        long peak = checked(request.HeldBytes + network.WeightBytes + own);
        return new TilePlan
        {
            OutputWidth = width,
            OutputHeight = height,
            Overlap = Math.Max(Shared(grid.Columns, w), Shared(grid.Rows, h)),
            Steps = steps,
            Grid = grid,
            Tile = tile,
            OwnBytes = own,
            Seed = request.Options.Seed,
            Stages = [new StagePlan(UpscaleStage.Restoring, "network", w, h, grid.Count, steps, own, checked(tile.MultiplyAdds * grid.Count))],
            PeakBytes = peak,
            Workers = scratch.WorkersWithin(request.BudgetBytes - peak),
        };
    }

    static int Shared(IReadOnlyList<int> starts, int tile) => starts.Count < 2 ? 0 : starts[0] + tile - starts[1];
}
