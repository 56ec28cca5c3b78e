using PgpSr.Imaging;
using PgpSr.Managed;
using PgpSr.Models;
using PgpSr.Safetensors;
using PgpSr.Testing;

namespace PgpSr.CommandLine.Tests.Pruning;

/// <summary>analyze, prune, inspect and convert as a user types them, on a model made for the test.</summary>
public sealed class PruningCommandTests : IDisposable
{
    static readonly PgpConfig s_config = new()
    {
        Scale = 4,
        PatchFactor = 4,
        Input = PgpInput.LatentAndDegraded,
        Prediction = PgpPrediction.Velocity,
        Steps = 3,
        Unet = new UnetConfig
        {
            InChannels = 51,
            OutChannels = 48,
            NormGroups = 4,
            Down = [new(16, 1, [-1], true), new(24, 2, [2], false)],
            Middle = new(24, 2, 2),
            Up = [new(24, 2, [2, 1], true), new(16, 1, [-1, -1], false)],
        },
    };

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pgpsr-prune-");

    public PruningCommandTests()
    {
        Directory.CreateDirectory(At("pictures"));
        for (int i = 0; i < 2; i++)
        {
            var image = new Image(10, 9, 3);
            for (int k = 0; k < image.Bytes.Length; k++) image.Bytes[k] = (byte)(37 * k + 101 * i);
            image.Save(At(FormattableString.Invariant($"pictures/{i}.png")));
        }
        var tensors = PgpModel.Declare(s_config);
        using var source = new GeneratedSource(1, tensors);
        var writer = new SafetensorsWriter { Metadata = { [PgpConfigJson.MetadataKey] = PgpConfigJson.Write(s_config) } };
        foreach (var tensor in tensors)
        {
            long[] shape = [.. Enumerable.Range(0, tensor.Shape.Rank).Select(i => (long)tensor.Shape[i])];
            writer.Add(tensor.Name, SafetensorsDType.Float32, shape, source.Read(tensor.Name).Bytes.ToArray());
        }
        writer.Write(At("teacher.safetensors"));
    }

    string Teacher => At("teacher.safetensors");

    [Fact]
    public void The_recipe_of_a_pruned_model_is_two_commands()
    {
        var analysis = CommandRun.Of("analyze", Teacher, "--images", At("pictures"), "--crop", "8", "--out",
            At("report.json"), "--html", At("report.html"));
        Assert.Equal((ExitCode.Ok, ""),
            (analysis.Code, string.Concat(analysis.Error.Split('\n').Where(line => line.StartsWith("error", StringComparison.Ordinal)))));
        Assert.Contains("up_blocks.0.attentions.0.transformer_blocks.1", analysis.Output, StringComparison.Ordinal);
        Assert.Contains("<svg", File.ReadAllText(At("report.html")), StringComparison.Ordinal);
        var pruning = CommandRun.Of(
            "prune", Teacher, "--plan", "coarse+fine", "--tau-cos", "2", "--report", At("report.json"),
                "--insert-peam", "stem", "--guide-channels", "8", "--out", At("pruned.safetensors"), "--json");
        Assert.Equal(ExitCode.Ok, pruning.Code);
        var result = Assert.Single(pruning.Events("pruned"));
        Assert.True(result.GetProperty("after").GetProperty("parameters").GetInt64() > 0);
        using var pruned = SafetensorsFile.Open(At("pruned.safetensors"));
        var config = PgpConfigJson.Read(pruned.Metadata, "pruned");
        // A threshold that nothing reaches leaves one block a stack.
        Assert.All(config.Unet.Down.Concat(config.Unet.Up).SelectMany(stage => stage.TransformerDepths), depth => Assert.True(depth is 1 or -1));
        Assert.Equal((PhasePlacement.Stem, 8), (config.Phase, config.GuideChannels));
        var inspection = CommandRun.Of("inspect", Teacher, "--diff", At("pruned.safetensors"), "--size", "64");
        Assert.Equal(ExitCode.Ok, inspection.Code);
        Assert.Contains("mid_block.attentions.0: 2 blocks, the other keeps only 0", inspection.Output, StringComparison.Ordinal);
        Assert.Contains("down_blocks", CommandRun.Of("inspect", At("pruned.safetensors"), "--size", "64").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_can_be_written_changed_and_given_back()
    {
        Assert.Equal(ExitCode.Ok, CommandRun.Of("prune", Teacher, "--plan", "coarse", "--save-plan", At("plan.json")).Code);
        Assert.Equal(ExitCode.Ok, CommandRun.Of("prune", Teacher, "--keep", At("plan.json"), "--out", At("folder")).Code);
        Assert.Equal(["teacher.safetensors"], Directory.GetFiles(At("folder")).Select(Path.GetFileName));
        File.WriteAllText(At("plan.json"), """{ "format": "pgpsr.pruning-plan.1", "keep": { "mid_block.attentions.0": [5] } }""");
        var misfit = CommandRun.Of("prune", Teacher, "--keep", At("plan.json"), "--out", At("other"));
        Assert.Equal(ExitCode.Model, misfit.Code);
        Assert.Contains("the plan keeps block 5, the stack has blocks 0 to 1", misfit.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(At("other")));
        var inside = CommandRun.Of("prune", At("folder"), "--insert-peam", "stem", "--guide-channels", "8", "-o", At("folder/pruned"));
        Assert.Equal(ExitCode.Output, inside.Code);
        Assert.Contains("lies inside the source", inside.Error, StringComparison.Ordinal);
        Assert.Equal(["teacher.safetensors"], Directory.GetFileSystemEntries(At("folder")).Select(Path.GetFileName));
    }

    [Fact]
    public void An_analysis_follows_the_settings_of_the_models_folder_and_options_come_before_them()
    {
        // Groups of 32 and heads of 64 channels, as the keys alone tell them.
        var unet = new UnetConfig
        {
            Down = [new(32, 1, [-1], true), new(64, 1, [1], false)],
            Middle = new(64, 1, 1),
            Up = [new(64, 1, [1, 1], true), new(32, 1, [-1, -1], false)],
        };
        Directory.CreateDirectory(At("sdxl/unet"));
        var tensors = Unet.Declare(unet);
        using var source = new GeneratedSource(1, tensors);
        var writer = new SafetensorsWriter();
        foreach (var tensor in tensors)
        {
            long[] shape = [.. Enumerable.Range(0, tensor.Shape.Rank).Select(i => (long)tensor.Shape[i])];
            writer.Add(tensor.Name, SafetensorsDType.Float32, shape, source.Read(tensor.Name).Bytes.ToArray());
        }
        writer.Write(At("sdxl/unet/diffusion_pytorch_model.safetensors"));
        File.WriteAllText(At("sdxl/unet/config.json"), UnetConfigJson.WriteDiffusers(unet));
        File.WriteAllText(At("sdxl/pgpsr.json"), """{"steps": 3, "scale": 2}""");
        Assert.Equal(3, Steps());
        Assert.Equal(2, Steps("--steps", "2"));
        File.WriteAllText(At("sdxl/pgpsr.json"), """{"stpes": 3}""");
        Assert.Equal(ExitCode.Model, CommandRun.Of("analyze", At("sdxl"), "--images", At("pictures"), "--crop", "8", "--out", At("x.json")).Code);

        int Steps(params string[] more)
        {
            string[] given = ["analyze", At("sdxl"), "--images", At("pictures"), "--limit", "1", "--crop", "8", "--out", At("report.json")];
            var run = CommandRun.Of([.. given, .. more]);
            Assert.True(run.Code == ExitCode.Ok, run.Error);
            using var report = System.Text.Json.JsonDocument.Parse(File.ReadAllText(At("report.json")));
            return report.RootElement.GetProperty("run").GetProperty("steps").GetInt32();
        }
    }

    [Fact]
    public void What_is_wrong_is_said_with_its_exit_code()
    {
        Directory.CreateDirectory(At("empty"));
        Assert.Equal(ExitCode.NoInput, CommandRun.Of("analyze", Teacher, "--images", At("empty"), "--out", At("report.json")).Code);
        Assert.Equal(ExitCode.NoInput, CommandRun.Of("analyze", Teacher, "--images", At("nowhere"), "--out", At("report.json")).Code);
        Assert.Equal(ExitCode.Model, CommandRun.Of("analyze", At("empty"), "--images", At("pictures"), "--out", At("report.json")).Code);
        Assert.Equal(ExitCode.Model, CommandRun.Of("inspect", At("nowhere")).Code);
        Assert.Equal(ExitCode.NoInput, CommandRun.Of("prune", Teacher, "--plan", "fine", "--report", At("nowhere.json"), "--out", At("x")).Code);
        Assert.Equal(ExitCode.Model, CommandRun.Of("prune", Teacher, "--plan", "fine", "--out", At("x")).Code);
        Assert.Equal(ExitCode.Usage, CommandRun.Of("prune", Teacher, "--plan", "thin", "--out", At("x")).Code);
        Assert.Equal(ExitCode.Usage, CommandRun.Of("prune", Teacher, "--out", At("x")).Code);
        Assert.Equal(ExitCode.Usage, CommandRun.Of("prune", Teacher, "--plan", "coarse").Code);
        Assert.Equal(ExitCode.Output, CommandRun.Of("prune", Teacher, "--plan", "coarse", "--out", At("pictures")).Code);
        Assert.Equal(ExitCode.Usage, CommandRun.Of("analyze", Teacher, "--images", At("pictures"), "--steps", "0", "--out", At("report.json")).Code);
        Assert.Equal(["empty", "pictures", "teacher.safetensors"], _folder.EnumerateFileSystemInfos()
            .Select(e => e.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Embedded_models_are_known_by_their_names_here_too()
    {
        var inspection = CommandRun.Of("inspect", ModelCatalog.Default, "--size", "64", "--depth", "1");
        Assert.Equal(ExitCode.Ok, inspection.Code);
        Assert.StartsWith(ModelCatalog.Default + ": small model, x4", inspection.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, CommandRun.Of("convert", ModelCatalog.Default, "--out", At("default.safetensors")).Code);
        var difference = CommandRun.Of("inspect", ModelCatalog.Default, "--diff", At("default.safetensors"), "--size", "64");
        Assert.Contains("both models have the same layers", difference.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Converting_narrows_and_refuses_to_write_over()
    {
        var narrowed = CommandRun.Of("convert", Teacher, "--dtype", "f16", "--out", At("half.safetensors"), "--json");
        Assert.Equal(ExitCode.Ok, narrowed.Code);
        Assert.True(Assert.Single(narrowed.Events("converted")).GetProperty("converted").GetInt32() > 0);
        Assert.True(new FileInfo(At("half.safetensors")).Length < 0.7 * new FileInfo(Teacher).Length);
        Assert.Equal(ExitCode.Output, CommandRun.Of("convert", Teacher, "--out", At("half.safetensors")).Code);
        Assert.Equal(ExitCode.Ok, CommandRun.Of("convert", Teacher, "--out", At("half.safetensors"), "--overwrite").Code);
        Assert.Equal(ExitCode.Ok, CommandRun.Of("inspect", At("half.safetensors")).Code);
    }

    [Fact]
    public void A_size_that_no_result_has_is_refused_by_the_options_name_before_anything_is_written()
    {
        foreach (string[] line in (string[][])[["inspect", Teacher], ["prune", Teacher, "--plan", "coarse", "--out", At("x.safetensors")]])
        {
            CommandRun run = CommandRun.Of([.. line, "--size", "3"]);
            Assert.Equal(ExitCode.Usage, run.Code);
            Assert.Contains("--size 3: must be 4 or more for this model", run.Error, StringComparison.Ordinal);
        }
        Assert.False(File.Exists(At("x.safetensors")));
    }

    [Fact]
    public void Inputs_and_folders_of_other_things_are_never_written_over()
    {
        byte[] model = File.ReadAllBytes(Teacher);
        Directory.CreateSymbolicLink(At("link"), Path.GetDirectoryName(Path.GetFullPath(Teacher))!);
        Assert.Equal(ExitCode.Ok, CommandRun.Of("prune", Teacher, "--plan", "coarse", "--save-plan", At("plan.json")).Code);
        Directory.CreateDirectory(At("models"));
        File.WriteAllText(At("models/notes.txt"), "mine");
        File.Copy(Teacher, At("models/other.safetensors"));
        foreach (string[] line in (string[][])
        [
            ["analyze", Teacher, "--images", At("pictures"), "--out", Teacher],
            ["analyze", Teacher, "--images", At("pictures"), "--out", At("report.json"), "--html", At("pictures/0.png")],
            ["prune", Teacher, "--plan", "coarse", "--save-plan", Teacher],
            ["prune", Teacher, "--plan", "coarse", "--out", At("pictures"), "--overwrite"],
            ["convert", Teacher, "--out", At("pictures"), "--overwrite"],
            ["convert", Teacher, "--out", At("link/teacher.safetensors"), "--overwrite"],
            ["export", Teacher, "--onnx", Teacher, "--overwrite"],
            ["prune", Teacher, "--save-plan", At("plan.json"), "--keep", At("plan.json")],
            // A model, and something else.
            ["prune", Teacher, "--plan", "coarse", "--out", At("models"), "--overwrite"],
        ])
        {
            CommandRun run = CommandRun.Of(line);
            Assert.True(run.Code == ExitCode.Output, $"{string.Join(' ', line)}: {run.Error}");
        }
        Assert.Equal(["notes.txt", "other.safetensors"], Directory.GetFiles(At("models")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(model, File.ReadAllBytes(Teacher));
        Assert.Equal(["0.png", "1.png"], Directory.GetFileSystemEntries(At("pictures")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Pictures_that_cannot_serve_and_a_memory_that_does_not_do_are_told_before_the_work()
    {
        using (var scratch = new FileStream(At("pictures/2.png"), FileMode.CreateNew)) scratch.WriteByte(1);
        CommandRun broken = CommandRun.Of("analyze", Teacher, "--images", At("pictures"), "--out", At("report.json"), "--json");
        Assert.Contains("2.png", broken.Error, StringComparison.Ordinal);
        File.Delete(At("pictures/2.png"));
        CommandRun memory = CommandRun.Of("analyze", Teacher, "--images", At("pictures"), "--out", At("report.json"), "--memory", "1KB");
        Assert.Equal(ExitCode.Memory, memory.Code);
        Assert.False(File.Exists(At("report.json")));
        Assert.Equal(ExitCode.Ok,
            CommandRun.Of("analyze", Teacher, "--images", At("pictures"), "--out", At("new/report.json"), "--memory", "1GB").Code);
    }

    [Fact]
    public void A_plan_that_removes_nothing_is_an_error_and_writes_nothing()
    {
        CommandRun run = CommandRun.Of("prune", ModelCatalog.Default, "--plan", "coarse", "--save-plan", At("plan.json"), "-o", At("x.safetensors"));
        Assert.Equal(ExitCode.Model, run.Code);
        Assert.Contains("nothing to prune: the model has no transformer blocks", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(At("plan.json")) || File.Exists(At("x.safetensors")));
    }

    [Fact]
    public void A_cancelled_analysis_leaves_nothing()
    {
        var run = CommandRun.With(environment => environment.Cancel(), "analyze", Teacher, "--images", At("pictures"), "--out", At("report.json"));
        Assert.Equal(ExitCode.Cancelled, run.Code);
        Assert.False(File.Exists(At("report.json")));
    }

    string At(string name) => Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
