using System.Text.Json;
using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Managed.Tests;

/// <summary>OSEDiff, PiSA-SR and HYPIR from enlarged picture to picture against the published code.</summary>
public sealed class OneStepGoldenTests
{
    public static IEnumerable<TheoryDataRow<string, string>> Cases() => GoldenPipelines.Of(GoldenKinds.OneStepPipeline);

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Cases))]
    public void Every_stage_agrees(string path, string on)
    {
        using var golden = GoldenCase.Open(path);
        using Backend backend = on == "cpu" ? CpuBackend.Create() : new ReferenceBackend();
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        var known = OneStepRecipe.Known.Single(recipe => recipe.Name == golden.Config.GetProperty("recipe").GetString());
        Assert.Equal(golden.Config.GetProperty("timestep").GetInt32(), known.Timestep);
        var colorFix = golden.Config.GetProperty("colour").GetString() == "adain" ? ColorFixMethod.AdaIn : ColorFixMethod.Wavelet;
        OneStepStrengths? strengths = golden.Config.GetProperty("lambdas") is { ValueKind: JsonValueKind.Array } lambdas
            ? new(lambdas[0].GetSingle(), lambdas[1].GetSingle()) : null;
        var networks = Networks(golden, backend, known, strengths is not null);
        using var restorer = new OneStepRestorer(networks, known with { Scale = 1 }, strengths);

        float[] input = Interleaved(golden.Bytes("input.image"));
        int[] size = golden.Shape("input.image");
        var image = ws.Upload([.. input.Select(value => 2 * value - 1)], new Shape(1, size[0], size[1], 3));
        var noise = golden.UploadMap(ws, "input.posterior_noise");
        var (mean, logVariance) = networks.Encoder.Posterior(ws, image);
        golden.CheckMap("output.mean", ws, mean);
        golden.CheckMap("output.logvar", ws, logVariance);
        var z = networks.Encoder.Encode(ws, image, noise);
        golden.CheckMap("output.z", ws, z);
        golden.CheckMap("output.prediction", ws, restorer.Predict(ws, z));
        var clean = restorer.Clean(ws, z, noise: null);
        golden.CheckMap("output.x0", ws, clean);
        var decoded = networks.Decoder.Decode(ws, clean);
        golden.CheckMap("output.decoded", ws, decoded);

        // The fix is judged from the case's own picture where one of 8 bits stands before it.
        bool rounded = golden.Has("output.before_colour");
        float[] before = rounded ? Interleaved(golden.Bytes("output.before_colour")) : [.. ws.Download(decoded).Select(value => (value + 1) / 2)];
        ColorFix.Apply(before, input, size[1], size[0], 3, colorFix);
        for (int i = 0; i < before.Length; i++) before[i] = Math.Clamp(before[i], 0, 1);
        golden.Check("output.colour_fixed", Planes(before));
    }

    static OneStepNetworks Networks(GoldenCase golden, Backend backend, OneStepRecipe recipe, bool adjustable)
    {
        var config = UnetConfigJson.Read(golden.Config.GetProperty("unet"), golden.Name);
        var vae = AutoencoderConfig.Read(golden.Config.GetProperty("vae"), golden.Name);
        bool replacesStem = recipe == OneStepRecipe.OseDiff;
        var (unet, autoencoder) = (Models.Unet.Declare(config), AutoencoderKl.Declare(vae));
        WeightSource Tuned(bool pixelOnly) => new LoraSource(new GeneratedSource(golden.Seed, unet),
            new GeneratedSource(golden.Seed, Adapters(golden.Config.GetProperty("adapters"), unet, replacesStem)), recipe.Alpha,
            pixelOnly ? name => name.EndsWith("_pix", StringComparison.Ordinal) : null);
        var low = golden.Config.TryGetProperty("vae_adapters", out var own) && own.ValueKind == JsonValueKind.Object
            ? Adapters(own, autoencoder, replacesStem: false) : [];
        using WeightSource both = Tuned(pixelOnly: false), pixel = Tuned(pixelOnly: true);
        using var tunedVae = new LoraSource(new GeneratedSource(golden.Seed, autoencoder, "vae."), new GeneratedSource(golden.Seed, low, "vae."), recipe.Alpha);
        return new OneStepNetworks
        {
            Encoder = AutoencoderKl.Load(tunedVae, backend, vae),
            Unet = Models.Unet.Load(both, backend, config),
            PixelUnet = adjustable ? Models.Unet.Load(pixel, backend, config) : null,
            Prompt = new PromptEmbeddings(golden.Singles("input.encoder_hidden_states"), new Shape(golden.Shape("input.encoder_hidden_states")), default),
        };
    }

    // The tensors of a file of adapters for some modules of a network.
    static List<TensorDeclaration> Adapters(JsonElement adapters, IReadOnlyList<TensorDeclaration> network, bool replacesStem)
    {
        var shapes = network.ToDictionary(tensor => tensor.Name, tensor => tensor.Shape);
        List<TensorDeclaration> result = [];
        foreach (var adapter in adapters.EnumerateObject())
        {
            int rank = adapter.Value.GetProperty("r").GetInt32();
            foreach (string module in adapter.Value.GetProperty("modules").EnumerateArray().Select(name => name.GetString()!))
            {
                var shape = shapes[module + ".weight"];
                bool kernel = shape.Rank == 4;
                result.Add(new($"{module}.lora_A.{adapter.Name}.weight", kernel ? new(rank, shape[1], shape[2], shape[3]) : new(rank, shape[1])));
                result.Add(new($"{module}.lora_B.{adapter.Name}.weight", kernel ? new(shape[0], rank, 1, 1) : new(shape[0], rank)));
            }
        }
        if (!replacesStem) return result;
        result.Add(new("conv_in.base_layer.weight", shapes["conv_in.weight"]));
        result.Add(new("conv_in.base_layer.bias", shapes["conv_in.bias"]));
        return result;
    }

    static float[] Interleaved(byte[] bytes) => [.. bytes.Select(value => value / 255f)];

    static float[] Planes(float[] interleaved)
    {
        int pixels = interleaved.Length / 3;
        var planes = new float[interleaved.Length];
        for (int i = 0; i < planes.Length; i++) planes[i % 3 * pixels + i / 3] = interleaved[i];
        return planes;
    }
}
