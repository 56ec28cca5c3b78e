using PgpSr.Imaging;
using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>Tile sizes of small models from a budget.</summary>
static class SmallModelPlanner
{
    // A 512 x 512 photograph is one tile: no overlap is computed twice, and group statistics are the picture's own.
    const int DefaultTile = 512;
    const int LeastTile = 64;
    const int TileStep = 32;
    const int DefaultOverlap = 32;

    public static SmallModelPlan Plan(SmallModelNetwork network, Backend backend, ModelInfo model, PipelineRequest request)
    {
        var options = request.Options;
        int steps = options.Steps ?? model.DefaultSteps;
        if (steps < 1 || steps > 1000) Throw.Option(model.Name, nameof(options.Steps), $"is {steps}; expected 1 to 1000");
        if (network.PredictsResidual && steps != 1) Throw.Option(model.Name, nameof(options.Steps), $"is {steps}; this model restores in one step");
        if (options.Guidance is not null) Throw.Option(model.Name, nameof(options.Guidance), "this model takes no text, so there is nothing to guide it with");
        if (options.Prompt is not null) Throw.Option(model.Name, nameof(options.Prompt), "this model takes no text");
        if (options.Tile < LeastTile) Throw.Option(model.Name, nameof(options.Tile), $"is {options.Tile}; expected at least {LeastTile}");
        if (options.Overlap < 0) Throw.Option(model.Name, nameof(options.Overlap), $"is {options.Overlap}; expected at least 0");
        long smallest = long.MaxValue;
        for (int tile = options.Tile ?? DefaultTile; tile >= LeastTile; tile -= TileStep)
        {
            var plan = ForTile(network, backend, request, tile, steps);
            if (plan.PeakBytes <= request.BudgetBytes) return plan;
            smallest = Math.Min(smallest, plan.PeakBytes);
        }
        Throw.Budget(request.BudgetBytes, smallest);
        return null!;
    }

    static SmallModelPlan ForTile(SmallModelNetwork network, Backend backend, PipelineRequest request, int tile, int steps)
    {
        var config = network.Config;
        int overlap = Math.Min(request.Options.Overlap ?? DefaultOverlap, tile / 2), scale = config.Scale;
        var grid = TileGrid.CreateOverlapping(request.Width, request.Height, tile, overlap);
        int h = grid.TileHeight, w = grid.TileWidth;
        var plan = Workspace.Plan(backend, ws =>
        {
            using var scope = ws.Scope();
            var degraded = ws.Rent(new Shape(1, h, w, 3));
            var enlarged = network.NeedsEnlarged(steps) ? ws.Rent(new Shape(1, h * scale, w * scale, 3)) : null;
            var noise = network.NeedsNoise(steps) ? ws.Rent(new Shape(1, h * scale / config.PatchFactor, w * scale / config.PatchFactor, config.LatentChannels)) : null;
            network.Restore(ws, degraded, enlarged, noise, steps, null);
        });
        long bytes = plan.ArenaBytes;
        return new SmallModelPlan
        {
            OutputWidth = checked(request.Width * scale),
            OutputHeight = checked(request.Height * scale),
            Overlap = overlap,
            Steps = steps,
            Grid = grid,
            Tile = plan,
            Seed = request.Options.Seed,
            Stages = [new StagePlan(UpscaleStage.Restoring, "network", w, h, grid.Count, steps, bytes, plan.MultiplyAdds * grid.Count)],
            PeakBytes = checked(request.HeldBytes + network.WeightBytes + bytes),
        };
    }
}
