using System.Collections.Immutable;
using PgpSr.Imaging;
using PgpSr.Restoration;
using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>
/// Turns a byte budget into tiles for every stage. Each stage has candidates, best first, rehearsed when they are looked at. Concessions come in this
/// order: what changes no byte of the result (guides anew in every step, guidance rows apart, networks loaded stage by stage), then smaller tiles.
/// </summary>
static class FaithDiffPlanner
{
    // Encoders and decoder see up to 1024 x 1024 pixels at once: as much as the denoiser's tile.
    const int AutoencoderTile = 128;

    // Tiles of encoders and decoder share a quarter, as the released tiled encoder has it (method 3.5).
    const int OverlapParts = 4;

    // Guides of a picture of more tiles than these are computed anew in every step: 3 % of the work (method 3.1) against 21 MB a tile.
    const int GuidesKept = 16;

    // Latent positions of a picture: an array holds so many features.
    const int MostPositions = 0x7FFFFFC7 / FaithDiffDenoiser.FeatureChannels; // Array.MaxLength

    static readonly ImmutableArray<int> s_smaller = [96, 64, 48, 32, 24, 16, FaithDiffSettings.SmallestTile];

    /// <summary>The plan of a request.</summary>
    /// <param name="networks">Outlines.</param>
    /// <param name="backend">Where the run will be.</param>
    /// <param name="model">For messages.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="sampling">Steps and guidance of it.</param>
    /// <param name="needsText">Whether text encoders must run.</param>
    /// <exception cref="MemoryBudgetException">Nothing fits.</exception>
    /// <exception cref="ArgumentException">An option that the checkpoint cannot follow.</exception>
    public static FaithDiffPlan Plan(
        FaithDiffNetworks networks, Backend backend, string model, PipelineRequest request, FaithDiffSampling sampling, bool needsText)
    {
        var checkpoint = networks.Checkpoint;
        var options = request.Options;
        int factor = checkpoint.Vae.Factor;
        int width = PaddedPicture.RoundUp(request.TargetWidth, factor) / factor;
        int height = PaddedPicture.RoundUp(request.TargetHeight, factor) / factor;
        if ((long)width * height > MostPositions)
        {
            Throw.Option(model, nameof(options.Scale),
                $"results in {request.TargetWidth}x{request.TargetHeight} pixels; the features of a whole picture are one array, "
                + $"which is limited to {(long)MostPositions * factor * factor:N0} pixels; enlarge parts of the picture, or enlarge less");
        }
        double latentPerSource = (double)request.TargetWidth / request.Width / factor;
        int? tile = options.Tile is { } asked ? LatentTile(model, asked, latentPerSource) : null;
        if (options.Overlap < 0) Throw.Option(model, nameof(options.Overlap), $"is {options.Overlap}; expected 0 or more");
        int largest = tile ?? AutoencoderTile;
        int overlap = Math.Min(options.Overlap is { } shared ? (int)Math.Round(shared * latentPerSource) : largest / OverlapParts, largest / 2);

        var rehearsal = new FaithDiffRehearsal(networks, backend, sampling, width, height);
        var text = needsText ? rehearsal.Text() : null;
        var scratch = backend.ScratchFor(Math.Min(height, largest), Math.Min(width, largest));
        long enlarged = FaithDiffRun.EnlargementBytes(request.Width, request.Height, request.TargetWidth, request.TargetHeight);
        long pictures = checked(request.HeldBytes + scratch.Bytes + enlarged);
        var choice = new Choice
        {
            Text = text,
            EncodeLatent = !sampling.NeedsLatent ? null
                : [.. Grids(AutoencoderTile).Select(grid => new Candidate(grid, () => rehearsal.EncodeLatent(grid)))],
            EncodeFeatures = [.. Grids(AutoencoderTile).Select(grid => new Candidate(grid, () => rehearsal.EncodeFeatures(grid)))],
            Denoise = [.. Tiles(checkpoint.Settings.LatentTile)
                .Select(side => TileGrid.Create(width, height, side)).DistinctBy(Size).SelectMany(Denoisers)],
            Decode = [.. Grids(AutoencoderTile).Select(grid => new Candidate(grid, () => rehearsal.Decode(grid)))],
        };
        foreach (var residency in Enum.GetValues<FaithDiffResidency>())
        {
            bool smaller = residency == FaithDiffResidency.StageByStage;
            if (choice.Fit(networks, residency, pictures, request.BudgetBytes, smaller) is { } fit) return Create(fit);
        }
        throw Throw.Budget(request.BudgetBytes, choice.Smallest(networks, pictures));

        IEnumerable<int> Tiles(int standard) => tile is { } side ? [side] : s_smaller.Where(t => t < standard).Prepend(standard);

        IEnumerable<TileGrid> Grids(int standard) =>
            Tiles(standard).Select(side => TileGrid.CreateOverlapping(width, height, side, Math.Min(overlap, side / 2))).DistinctBy(Size);

        IEnumerable<Candidate> Denoisers(TileGrid grid) =>
            from together in sampling.Rows == 2 ? (bool[])[true, false] : [true]
            from keep in grid.Count <= GuidesKept ? (bool[])[true, false] : [false]
            select new Candidate(grid, () => rehearsal.Denoise(grid, together, keep)) { RowsTogether = together, KeepGuides = keep };

        FaithDiffPlan Create(Fit fit) => new()
        {
            OutputWidth = request.TargetWidth,
            OutputHeight = request.TargetHeight,
            Overlap = (int)Math.Round(overlap / latentPerSource),
            Steps = sampling.Evaluations,
            Sampling = sampling,
            Seed = options.Seed,
            Prompt = options.Prompt,
            Residency = fit.Residency,
            Tiling = new FaithDiffTiling(
                fit.EncodeLatent?.Grid ?? fit.EncodeFeatures.Grid, fit.EncodeFeatures.Grid, fit.Denoise.Grid, fit.Decode.Grid,
                fit.Denoise.RowsTogether, fit.Denoise.KeepGuides),
            Text = text,
            EncodeLatent = fit.EncodeLatent?.Stage,
            EncodeFeatures = fit.EncodeFeatures.Stage,
            Denoise = fit.Denoise.Stage,
            Decode = fit.Decode.Stage,
            PeakBytes = fit.PeakBytes,
            Workers = scratch.WorkersWithin(request.BudgetBytes - fit.PeakBytes),
            PassingWeightBytes = fit.WeightBytes,
            Stages = [.. Stages(fit)],
        };

        IEnumerable<StagePlan> Stages(Fit fit)
        {
            if (text is not null)
                yield return new StagePlan(
                    UpscaleStage.Encoding, "text encoders", request.TargetWidth, request.TargetHeight, 1, 1, text.Bytes, text.UnitWork);
            if (fit.EncodeLatent is { } latent) yield return Stage(UpscaleStage.Encoding, "autoencoder", latent, 1);
            yield return Stage(UpscaleStage.Encoding, "LQ encoder", fit.EncodeFeatures, 1);
            yield return Stage(UpscaleStage.Restoring, "denoiser", fit.Denoise, sampling.Evaluations);
            yield return Stage(UpscaleStage.Decoding, "autoencoder", fit.Decode, 1);
        }

        // Tiles in pixels of the result, whatever the stage's own input is: people compare them with the picture.
        StagePlan Stage(UpscaleStage stage, string name, Candidate part, int evaluations) => new(
            stage, name, part.Grid.TileWidth * factor, part.Grid.TileHeight * factor, part.Grid.Count, evaluations,
            part.Stage.Bytes, checked(part.Stage.FixedWork + part.Stage.UnitWork * part.Grid.Count * evaluations));
    }

    static (int Width, int Height) Size(TileGrid grid) => (grid.TileWidth, grid.TileHeight);

    static int LatentTile(string model, int tile, double latentPerSource)
    {
        double side = tile * latentPerSource;
        if (side < FaithDiffSettings.SmallestTile)
            Throw.Option(model, nameof(UpscaleOptions.Tile), $"is {tile}; expected at least {Math.Ceiling(FaithDiffSettings.SmallestTile / latentPerSource)} for this size");
        return (int)Math.Min(side, 1 << 16);
    }

    /// <summary>One way to run a stage; its rehearsal happens when it is asked for.</summary>
    sealed class Candidate(TileGrid grid, Func<FaithDiffStage> rehearse)
    {
        readonly Lazy<FaithDiffStage> _stage = new(rehearse);

        public TileGrid Grid => grid;

        public bool RowsTogether { get; init; } = true;

        public bool KeepGuides { get; init; }

        public FaithDiffStage Stage => _stage.Value;
    }

    sealed record Fit(
        FaithDiffResidency Residency, Candidate? EncodeLatent, Candidate EncodeFeatures, Candidate Denoise, Candidate Decode, long PeakBytes,
        long WeightBytes);

    /// <summary>Candidates of every stage.</summary>
    sealed class Choice
    {
        public required FaithDiffStage? Text { get; init; }

        public required ImmutableArray<Candidate>? EncodeLatent { get; init; }

        public required ImmutableArray<Candidate> EncodeFeatures { get; init; }

        public required ImmutableArray<Candidate> Denoise { get; init; }

        public required ImmutableArray<Candidate> Decode { get; init; }

        /// <summary>The best candidates that fit while these networks stay; null if there are none.</summary>
        public Fit? Fit(FaithDiffNetworks networks, FaithDiffResidency residency, long pictures, long budget, bool smaller)
        {
            var weights = StageWeights.Of(networks, residency);
            long text = Text is null ? 0 : pictures + weights.Text + Text.Bytes;
            var latent = EncodeLatent is { } encoders ? First(encoders, weights.EncodeLatent) : null;
            if (text > budget || (EncodeLatent is not null && latent is null)) return null;
            if (First(EncodeFeatures, weights.Denoiser) is not { } features) return null;
            if (First(Denoise, weights.Denoiser) is not { } denoise || First(Decode, weights.Decode) is not { } decode) return null;
            long peak = new[]
            {
                text, latent is null ? 0 : Total(latent, weights.EncodeLatent),
                Total(features, weights.Denoiser), Total(denoise, weights.Denoiser), Total(decode, weights.Decode),
            }.Max();
            long encoding = Math.Max(Text is null ? 0 : weights.Text, latent is null ? 0 : weights.EncodeLatent);
            long held = Math.Max(encoding, Math.Max(weights.Denoiser, weights.Decode));
            return new Fit(residency, latent, features, denoise, decode, peak, held);

            Candidate? First(ImmutableArray<Candidate> candidates, long held) => candidates
                .TakeWhile(c => smaller || Size(c.Grid) == Size(candidates[0].Grid))
                .FirstOrDefault(c => Total(c, held) <= budget);

            long Total(Candidate candidate, long held) => checked(pictures + held + candidate.Stage.Bytes);
        }

        /// <summary>The smallest budget with which anything fits.</summary>
        public long Smallest(FaithDiffNetworks networks, long pictures)
        {
            var weights = StageWeights.Of(networks, FaithDiffResidency.StageByStage);
            long[] stages =
            [
                Text is null ? 0 : weights.Text + Text.Bytes,
                EncodeLatent is { } latent ? weights.EncodeLatent + latent.Min(c => c.Stage.Bytes) : 0,
                weights.Denoiser + EncodeFeatures.Min(c => c.Stage.Bytes),
                weights.Denoiser + Denoise.Min(c => c.Stage.Bytes),
                weights.Decode + Decode.Min(c => c.Stage.Bytes),
            ];
            return checked(pictures + stages.Max());
        }
    }

    /// <summary>Bytes of the weights that are there during each stage.</summary>
    readonly record struct StageWeights(long Text, long EncodeLatent, long Denoiser, long Decode)
    {
        public static StageWeights Of(FaithDiffNetworks networks, FaithDiffResidency residency)
        {
            long tiny = networks.TinyBytes, denoiser = networks.Denoiser.WeightBytes + tiny, vae = networks.Vae.WeightBytes,
                text = networks.TextBytes + tiny, all = networks.WeightBytes;
            return residency switch
            {
                FaithDiffResidency.All => new(all, all, all, all),
                FaithDiffResidency.WithoutText => new(text, denoiser + vae, denoiser + vae, denoiser + vae),
                _ => new(Math.Max(networks.FirstText?.WeightBytes ?? 0, networks.SecondText?.WeightBytes ?? 0) + tiny, vae + tiny, denoiser,
                    vae + tiny),
            };
        }
    }
}
