using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>What each stage takes for given tiles, rehearsed on the networks' outlines: the same calls as the run's, in the same order.</summary>
sealed class FaithDiffRehearsal(
    FaithDiffNetworks networks, Backend backend, FaithDiffSampling sampling, int latentWidth, int latentHeight)
{
    const int ImageChannels = 3;

    int Factor => networks.Checkpoint.Vae.Factor;

    int LatentChannels => networks.Checkpoint.Vae.LatentChannels;

    // Sample, prediction, merged prediction, their tiles, start, noise, latent of the degraded picture.
    long LatentBytes => 8L * latentWidth * latentHeight * LatentChannels * sizeof(float);

    long FeatureBytes => (long)latentWidth * latentHeight * FaithDiffDenoiser.FeatureChannels * sizeof(float);

    public TilePass EncodeLatentPass(TileGrid grid) => new(grid.Scale(Factor), ImageChannels, grid, LatentChannels);

    public TilePass EncodeFeaturesPass(TileGrid grid) => new(grid.Scale(Factor), ImageChannels, grid, FaithDiffDenoiser.FeatureChannels);

    /// <param name="grid">Tiles in latent positions.</param>
    /// <param name="kept">Columns and rows of the result without padding; null for all.</param>
    public TilePass DecodePass(TileGrid grid, (int Width, int Height)? kept = null) =>
        new(grid, LatentChannels, grid.Scale(Factor), ImageChannels, kept);

    /// <summary>One of the text encoders after the other.</summary>
    public FaithDiffStage? Text()
    {
        if (networks.TextPlans is not { } plans) return null;
        var larger = plans.First.ArenaBytes > plans.Second.ArenaBytes ? plans.First : plans.Second;
        return new FaithDiffStage(larger, 0, plans.First.MultiplyAdds + plans.Second.MultiplyAdds);
    }

    public FaithDiffStage EncodeLatent(TileGrid grid)
    {
        var pass = EncodeLatentPass(grid);
        var plan = Workspace.Plan(backend, ws => pass.Rehearse(
            ws, (on, x, tile) => FaithDiffRun.EncodeLatent(on, networks.VaeOutline, x, new float[Latent(tile).Count])));
        return new FaithDiffStage(plan, pass.HostBytes + LatentBytes, plan.MultiplyAdds);

        Shape Latent(Tile tile) => new(1, tile.Height / Factor, tile.Width / Factor, LatentChannels);
    }

    public FaithDiffStage EncodeFeatures(TileGrid grid)
    {
        var pass = EncodeFeaturesPass(grid);
        var plan = Workspace.Plan(backend, ws => pass.Rehearse(ws, (on, x, _) => networks.DenoiserOutline.EncodeLq(on, x)));
        return new FaithDiffStage(plan, pass.HostBytes + FeatureBytes + LatentBytes, plan.MultiplyAdds);
    }

    public FaithDiffStage Denoise(TileGrid grid, bool rowsTogether, bool keepGuides)
    {
        var unet = networks.DenoiserOutline.Config.Unet;
        int rows = sampling.Rows, pooled = unet.AddedCondition?.PooledChannels ?? 0;
        var context = new Shape(rows, sampling.TextLength, unet.ContextChannels);
        var prompt = new PromptEmbeddings(new float[context.Count], context, new float[rows * pooled]);
        var tiling = new FaithDiffTiling(grid, grid, grid, grid, rowsTogether, keepGuides);
        int target = networks.Checkpoint.Settings.SizeTarget;
        var condition = new FaithDiffCondition(prompt, sampling.Guidance, latentHeight * Factor, latentWidth * Factor, target);
        long fixedWork = 0, unitWork = 0;
        var plan = Workspace.Plan(backend, ws =>
        {
            var denoiser = new FaithDiffDenoiser(networks.DenoiserOutline, tiling, condition, default) { Reuse = sampling.Reuse };
            (_, fixedWork, unitWork) = sampling.Run(ws, denoiser.Prepare, denoiser.Predict, [], [], new Shape(1, latentHeight, latentWidth, LatentChannels), null);
        });
        long tile = (long)grid.TileWidth * grid.TileHeight * FaithDiffDenoiser.FeatureChannels * sizeof(float);
        return new FaithDiffStage(plan, FeatureBytes + LatentBytes + (grid.Count > 1 ? tile : 0), unitWork, fixedWork);
    }

    public FaithDiffStage Decode(TileGrid grid)
    {
        var pass = DecodePass(grid);
        var plan = Workspace.Plan(backend, ws => pass.Rehearse(ws, (on, x, _) => networks.DecoderOutline.Decode(on, x)));
        return new FaithDiffStage(plan, pass.HostBytes + LatentBytes, plan.MultiplyAdds);
    }
}
