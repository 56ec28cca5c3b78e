using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Tensors;

namespace PgpSr.Pruning;

/// <summary>What stands beside a UNet in a diffusers folder: each part is used where it is there and done without where it is not.</summary>
static class PipelineFolder
{
    /// <summary>The embeddings that the folder keeps for runs without a prompt, or null.</summary>
    public static PromptEmbeddings? Prompt(string path)
    {
        string file = Path.Combine(path, "prompt.safetensors");
        return File.Exists(file) ? PromptEmbeddings.Load(file) : null;
    }

    /// <summary>The folder's autoencoder, or null.</summary>
    public static AutoencoderKl? Vae(string path, Backend backend, CancellationToken cancellation)
    {
        string folder = Path.Combine(path, "vae"), file = Path.Combine(folder, ConfigFile.Name);
        if (!Directory.Exists(folder)) return null;
        using var source = SafetensorsSource.Open(folder);
        return AutoencoderKl.Load(source, backend, File.Exists(file) ? AutoencoderConfig.Read(ConfigFile.Read(file), file)
            : AutoencoderConfig.Sdxl, cancellation);
    }

    /// <summary>What the folder's text encoders make of the empty prompt, or null if it does not have both.</summary>
    public static PromptEmbeddings? EmptyPrompt(string path, Backend backend, CancellationToken cancellation)
    {
        string first = Path.Combine(path, "text_encoder"), second = Path.Combine(path, "text_encoder_2");
        if (!Directory.Exists(first) || !Directory.Exists(second)) return null;
        using var ws = new Workspace(backend);
        using var scope = ws.Scope(nameof(EmptyPrompt));
        using var firstSource = SafetensorsSource.Open(first);
        using var firstEncoder = ClipTextEncoder.Load(firstSource, backend, Config(first, withProjection: false), cancellation);
        var (states, _) = FaithDiffText.Run(ws, firstEncoder, second: false, FaithDiffText.Empty.AsSpan());
        using var secondSource = SafetensorsSource.Open(second);
        using var secondEncoder = ClipTextEncoder.Load(secondSource, backend, Config(second, withProjection: true), cancellation);
        var (secondStates, pooled) = FaithDiffText.Run(ws, secondEncoder, second: true, FaithDiffText.Empty.AsSpan());
        return PromptEmbeddings.Join(ws, states, secondStates, pooled!);
    }

    static ClipConfig Config(string folder, bool withProjection)
    {
        string file = Path.Combine(folder, ConfigFile.Name);
        return File.Exists(file) ? ClipConfig.Read(ConfigFile.Read(file), withProjection, file) : withProjection
            ? ClipConfig.VitBigG : ClipConfig.VitL;
    }
}
