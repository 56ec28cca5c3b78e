using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>The four networks of a checkpoint folder: outlines for plans, weights when they are needed.</summary>
sealed class FaithDiffNetworks : IDisposable
{
    readonly RehearsalBackend _rehearsal;
    readonly Backend _backend;

    public FaithDiffNetworks(FaithDiffCheckpoint checkpoint, Backend backend, TinyVaeFile? tiny = null, CancellationToken cancellation = default)
    {
        Checkpoint = checkpoint;
        _backend = backend;
        _rehearsal = new RehearsalBackend(backend);
        Denoiser = new(
            checkpoint.OpenDenoiser, (source, on, stop) => FaithDiffModel.Load(source, on, checkpoint.Config, stop), model => model.WeightBytes);
        Vae = new(checkpoint.OpenVae, (source, on, stop) => AutoencoderKl.Load(source, on, checkpoint.Vae, stop), vae => vae.WeightBytes);
        DenoiserOutline = Denoiser.Outline(_rehearsal, cancellation);
        VaeOutline = Vae.Outline(_rehearsal, cancellation);
        ParameterCount = DenoiserOutline.ParameterCount + VaeOutline.ParameterCount;
        tiny?.RefuseOtherLatents(checkpoint.Vae);
        Tiny = tiny?.Load(backend, cancellation);
        if (checkpoint.Text is not { } text) return;
        FirstText = Encoder(second: false, text.First);
        SecondText = Encoder(second: true, text.Second);
        TextPlans = (Plan(FirstText, second: false, cancellation), Plan(SecondText, second: true, cancellation));
    }

    public FaithDiffCheckpoint Checkpoint { get; }

    public long ParameterCount { get; private set; }

    public LazyNetwork<FaithDiffModel> Denoiser { get; }

    public LazyNetwork<AutoencoderKl> Vae { get; }

    /// <summary>CLIP-L; null where the folder has no text encoders.</summary>
    public LazyNetwork<ClipTextEncoder>? FirstText { get; }

    /// <summary>OpenCLIP bigG.</summary>
    public LazyNetwork<ClipTextEncoder>? SecondText { get; }

    public FaithDiffModel DenoiserOutline { get; }

    public AutoencoderKl VaeOutline { get; }

    /// <summary>Decodes in the place of the large autoencoder, or null. Small enough to stay.</summary>
    public TinyAutoencoder? Tiny { get; }

    /// <summary>From latents to pictures, for plans.</summary>
    public IAutoencoder DecoderOutline => Tiny is null ? VaeOutline : Tiny;

    /// <summary>Bytes of <see cref="Tiny"/>.</summary>
    public long TinyBytes => Tiny?.WeightBytes ?? 0;

    /// <summary>What the text encoders take for a prompt and its negative; their outlines hold embedding tables and are not kept.</summary>
    public (WorkspacePlan First, WorkspacePlan Second)? TextPlans { get; }

    /// <summary>Bytes of all weights.</summary>
    public long WeightBytes => Denoiser.WeightBytes + Vae.WeightBytes + TextBytes + TinyBytes;

    /// <summary>Of these, the text encoders'.</summary>
    public long TextBytes => (FirstText?.WeightBytes ?? 0) + (SecondText?.WeightBytes ?? 0);

    /// <summary>Bytes of the weights that are in memory now.</summary>
    public long LoadedBytes => Loaded(Denoiser) + Loaded(Vae) + Loaded(FirstText) + Loaded(SecondText) + TinyBytes;

    static long Loaded<T>(LazyNetwork<T>? network)
        where T : class, IDisposable => network is { IsLoaded: true } ? network.WeightBytes : 0;

    LazyNetwork<ClipTextEncoder> Encoder(bool second, ClipConfig config) =>
        new(() => Checkpoint.OpenText!(second), (source, on, stop) => ClipTextEncoder.Load(source, on, config, stop), encoder => encoder.WeightBytes);

    WorkspacePlan Plan(LazyNetwork<ClipTextEncoder> network, bool second, CancellationToken cancellation)
    {
        using var outline = network.Outline(_rehearsal, cancellation);
        ParameterCount += outline.ParameterCount;
        int[] ids = [.. FaithDiffText.Empty, .. FaithDiffText.Empty];
        return Workspace.Plan(_backend, ws =>
        {
            using var scope = ws.Scope();
            FaithDiffText.Run(ws, outline, second, ids);
        });
    }

    public void Dispose()
    {
        DenoiserOutline.Dispose();
        VaeOutline.Dispose();
        Denoiser.Dispose();
        Vae.Dispose();
        Tiny?.Dispose();
        FirstText?.Dispose();
        SecondText?.Dispose();
        _rehearsal.Dispose();
    }
}
