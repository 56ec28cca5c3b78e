using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Managed;
using PgpSr.Testing;

namespace PgpSr.CommandLine.Tests.Readme;

/// <summary>What the repository's README and the pages in docs say can be done, done.</summary>
[Collection(nameof(OneFolderAtATime))]
public sealed class ReadmeTests : IDisposable
{
    const string Fence = "```", Marker = "// README";

    readonly Scratch _scratch = new();
    readonly string _before = Directory.GetCurrentDirectory();

    public ReadmeTests()
    {
        TestPictures.Make(40, 30).Save(_scratch["photo.jpg"]);
        TestPictures.Make(160, 120).Save(_scratch["photo-x4.png"]);
        Image truth = TestPictures.Make(64, 48);
        foreach (string folder in (string[])["photos", "pairs/truth", "pairs/clean"]) Directory.CreateDirectory(_scratch[folder]);
        TestPictures.Make(20, 16).Save(_scratch["photos/one.jpg"]);
        TestPictures.Make(16, 20, seed: 2).Save(_scratch["photos/two.png"]);
        truth.Save(_scratch["pairs/truth/a.png"]);
        Resizer.Resize(truth, 16, 12, ResizeFilter.Bicubic).Save(_scratch["pairs/clean/a.png"]);
        string models = Path.Combine(Goldens.RepositoryRoot, "tools/PgpSr.Training/models");
        foreach (string model in Directory.EnumerateFiles(models)) File.Copy(model, _scratch[Path.GetFileName(model)]);
        // What analyze says of the teacher, for prune.
        File.Copy(Path.Combine(Goldens.RepositoryRoot, "benchmarks/results/epyc-zen3-2core/pruning/teacher-report.json"), _scratch["report.json"]);
        Directory.SetCurrentDirectory(_scratch.Root);
    }

    public void Dispose()
    {
        Directory.SetCurrentDirectory(_before);
        _scratch.Dispose();
    }

    // The lines of every fenced block with its language. The commands of public-models.md need weights of others: PublicModelsTests generates them.
    static IEnumerable<(string Language, string[] Lines)> Blocks() =>
        Documents().Where(path => Path.GetFileName(path) != "public-models.md").SelectMany(Blocks);

    static IEnumerable<string> Documents() =>
    [
        Path.Combine(Goldens.RepositoryRoot, "README.md"),
        .. Directory.EnumerateFiles(Path.Combine(Goldens.RepositoryRoot, "docs"), "*.md").Order(StringComparer.Ordinal),
    ];

    static IEnumerable<(string Language, string[] Lines)> Blocks(string document)
    {
        string[] lines = File.ReadAllLines(document);
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith(Fence, StringComparison.Ordinal)) continue;
            int end = Array.FindIndex(lines, i + 1, line => line == Fence);
            yield return (lines[i][Fence.Length..], lines[(i + 1)..end]);
            i = end;
        }
    }

    [Fact]
    public void Its_csharp_is_the_csharp_compiled_here()
    {
        string[] files = ["tests/PgpSr.CommandLine.Tests/Readme/ReadmeSamples.cs", "tools/samples/PgpSr.Samples.Web/Program.cs"];
        string[] compiled = [.. files.SelectMany(Compiled).Order(StringComparer.Ordinal)];
        IEnumerable<string[]> blocks = Blocks().Where(block => block.Language == "csharp").Select(block => block.Lines);
        string[] written = [.. blocks.Select(lines => string.Join('\n', lines.Select(line => line.Trim())))];
        Assert.NotEmpty(written);
        Assert.Equal(compiled, written.Order(StringComparer.Ordinal));
    }

    static IEnumerable<string> Compiled(string file)
    {
        string[] source = [.. File.ReadAllLines(Path.Combine(Goldens.RepositoryRoot, file)).Select(line => line.Trim())];
        int[] marks = [.. Enumerable.Range(0, source.Length).Where(i => source[i] == Marker)];
        return marks.Chunk(2).Select(pair => string.Join('\n', source[(pair[0] + 1)..pair[1]]));
    }

    [Fact]
    public void Its_csharp_does_what_it_says()
    {
        File.Delete("photo-x4.png");
        ReadmeSamples.FiveLines();
        Assert.Equal((160, 120), (Image.Load("photo-x4.png").Width, Image.Load("photo-x4.png").Height));
        using CpuBackend backend = CpuBackend.Create();
        using SuperResolver resolver = SuperResolver.Load(backend);
        UpscaleResult result = ReadmeSamples.LargeFiles(resolver);
        Assert.Equal((3000, 2250), (result.Width, result.Height));
        Assert.True(result.PeakBytes <= 2L << 30);
    }

    // The program's own lines, without what the shell does around them; index variables of schedulers stand at 1.
    public static TheoryData<string> Commands()
    {
        TheoryData<string> commands = [];
        foreach ((string language, string[] lines) in Blocks())
            foreach (string line in lines)
                if (language is "sh" or "yaml" && Command(line) is { } command) commands.Add(command);
        return commands;
    }

    static string? Command(string line)
    {
        const string Program = "pgpsr ", Run = "dotnet run -c Release --project src/PgpSr.Cli -- ";
        line = line.Replace("$SLURM_ARRAY_TASK_ID", "1", StringComparison.Ordinal)
            .Replace("$((JOB_COMPLETION_INDEX + 1))", "1", StringComparison.Ordinal)
            .Replace("{}/", "1/", StringComparison.Ordinal);
        int run = line.IndexOf(Run, StringComparison.Ordinal), program = line.LastIndexOf(Program, StringComparison.Ordinal);
        int start = run >= 0 ? run + Run.Length : program >= 0 ? program + Program.Length : -1;
        // Folders of a container are folders here.
        return start < 0 ? null : line[start..].Split('"')[0].Replace(" /", " ", StringComparison.Ordinal);
    }

    [Fact]
    public void There_are_commands_to_try() => Assert.InRange(Commands().Count, 7, 40);

    [Theory, MemberData(nameof(Commands))]
    public void Its_command_lines_do_their_work(string command)
    {
        CommandRun run = CommandRun.Of(command.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.True(run.Code == ExitCode.Ok, $"{command}: {run.Error}");
    }

    [Fact]
    public void Its_files_and_folders_exist()
    {
        string text = string.Join('\n', Documents().Select(File.ReadAllText));
        string[] tops = ["src/", "benchmarks/", "tests/", "tools/", "docs/"];
        foreach (string quoted in text.Split('`', '(', ')').Where(part => tops.Any(top => part.StartsWith(top, StringComparison.Ordinal))))
            Assert.True(Path.Exists(Path.Combine(Goldens.RepositoryRoot, quoted)), quoted);
    }
}
