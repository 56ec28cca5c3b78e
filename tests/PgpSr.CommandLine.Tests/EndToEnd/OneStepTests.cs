using System.Runtime.InteropServices;
using System.Text.Json;
using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Safetensors;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.CommandLine.Tests;

/// <summary>The published layouts of one-step restorers through the program: upscale, inspect, convert, upscale again.</summary>
public sealed class OneStepTests : IDisposable
{
    const long Seed = 82;

    readonly Scratch _scratch = new();

    public OneStepTests()
    {
        using var config = JsonDocument.Parse(File.ReadAllBytes(Goldens.Checkpoint("one_step_config.json")));
        var (unet, vae) = (config.RootElement.GetProperty("unet"), config.RootElement.GetProperty("vae"));
        var topology = UnetConfigJson.Read(unet);
        Write("unet", unet.GetRawText(), Unet.Declare(topology), "");
        Write("vae", vae.GetRawText(), AutoencoderKl.Declare(AutoencoderConfig.Read(vae)), "vae.");
        new PromptEmbeddings(new float[77 * topology.ContextChannels], new Shape(1, 77, topology.ContextChannels), default)
            .Save(_scratch["model/prompt.safetensors"]);
    }

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("osediff.pkl")]
    [InlineData("osediff_merged.pkl")]
    [InlineData("pisa_sr.pkl")]
    [InlineData("HYPIR_sd2.pth")]
    public void A_converted_file_restores_as_its_folder_does(string file)
    {
        File.Copy(Goldens.Checkpoint(file), _scratch["model/" + file]);
        string picture = _scratch.Picture("in.png", 20, 16), model = _scratch["model"], one = _scratch["one.safetensors"];
        var upscaled = Run("upscale", picture, "-o", _scratch["folder.png"], "-m", model);
        Assert.Equal(file.StartsWith("HYPIR", StringComparison.Ordinal), (upscaled.Output + upscaled.Error).Contains("non-commercial", StringComparison.Ordinal));
        Assert.Contains("one-step restorer", Run("inspect", model).Output, StringComparison.Ordinal);
        Run("convert", model, "-o", one);
        Run("upscale", picture, "-o", _scratch["file.png"], "-m", one);
        Image a = Image.Load(_scratch["folder.png"]), b = Image.Load(_scratch["file.png"]);
        Assert.Equal((80, 64), (a.Width, a.Height));
        Assert.True(a.Bytes.SequenceEqual(b.Bytes));
        Assert.Contains("one-step restorer", Run("inspect", one).Output, StringComparison.Ordinal);
        Assert.NotEqual(ExitCode.Ok, CommandRun.Of("convert", model, "-o", one).Code);
        Run("convert", model, "-o", one, "--dtype", "f16", "--overwrite");
        Run("upscale", picture, "-o", _scratch["half.png"], "-m", one, "--memory", "1GB", "--tile", "64");
    }

    [Fact]
    public void What_a_model_does_not_have_is_said_in_a_sentence()
    {
        string picture = _scratch.Picture("in.png", 20, 16), model = _scratch["model"];
        File.Copy(Goldens.Checkpoint("osediff.pkl"), _scratch["model/osediff.pkl"]);
        foreach (var (says, options) in ((string, string[])[])[("PiSA-SR", ["--strength-detail", "0.5"]), ("TAESD", ["--vae", "tiny"]),
            ("out of range", ["--strength-pixel", "9"]), ("prompt.safetensors", ["--prompt", "a cat"]), ("one step", ["--steps", "4"])])
        {
            var run = CommandRun.Of(["upscale", picture, "-o", _scratch["out.png"], "-m", model, .. options]);
            Assert.NotEqual(ExitCode.Ok, run.Code);
            Assert.Contains(says, run.Error + run.Output, StringComparison.Ordinal);
        }
        Directory.Delete(_scratch["model/unet"], recursive: true);
        var missing = CommandRun.Of("upscale", picture, "-o", _scratch["out.png"], "-m", model);
        Assert.Equal(ExitCode.Model, missing.Code);
        Assert.Contains("stable-diffusion-2-1-base", missing.Error + missing.Output, StringComparison.Ordinal);
    }

    static CommandRun Run(params string[] args)
    {
        var run = CommandRun.Of(args);
        Assert.True(run.Code == ExitCode.Ok, $"{string.Join(' ', args)}: {run.Code} {run.Error}");
        return run;
    }

    void Write(string folder, string config, IReadOnlyList<TensorDeclaration> tensors, string prefix)
    {
        string path = Directory.CreateDirectory(_scratch["model/" + folder]).FullName;
        File.WriteAllText(Path.Combine(path, "config.json"), config);
        var writer = new SafetensorsWriter();
        foreach (var (name, shape) in tensors)
        {
            int[] axes = [.. Enumerable.Range(0, shape.Rank).Select(i => shape[i])];
            writer.Add(name, SafetensorsDType.Float32, [.. axes.Select(axis => (long)axis)],
                MemoryMarshal.AsBytes<float>(GeneratedWeights.Create(Seed, prefix + name, axes)).ToArray());
        }
        writer.Write(Path.Combine(path, "diffusion_pytorch_model.safetensors"));
    }
}
