using System.Text.RegularExpressions;
using PgpSr.Testing;

namespace PgpSr.CommandLine.Tests.Readme;

/// <summary>What the texts for readers promise about themselves.</summary>
public sealed partial class DocumentTests
{
    const int MostWords = 440;

    static string Root => Goldens.RepositoryRoot;

    [GeneratedRegex(@"\bmethod (?<first>[1-9](?:\.[0-9]+)?)(?:(?: and |, )(?<more>[1-9]\.[0-9]+))*")]
    private static partial Regex Reference();

    [GeneratedRegex(@"^##+ (?<number>[1-9](?:\.[0-9]+)?) ", RegexOptions.Multiline)]
    private static partial Regex Section();

    [GeneratedRegex(@"\]\((?<path>[^)#:]+)\)")]
    private static partial Regex Link();

    [Fact]
    public void Every_reference_to_the_method_resolves()
    {
        string method = File.ReadAllText(Path.Combine(Root, "docs", "method.md"));
        HashSet<string> sections = [.. Section().Matches(method).Select(match => match.Groups["number"].Value)];
        int references = 0;
        foreach (string file in new[] { "src", "tests", "tools" }.SelectMany(folder => Sources(Path.Combine(Root, folder))))
        {
            foreach (Match match in Reference().Matches(File.ReadAllText(file)))
            {
                foreach (Capture number in match.Groups["first"].Captures.Concat(match.Groups["more"].Captures))
                {
                    Assert.True(sections.Contains(number.Value), $"{file}: docs/method.md has no section {number.Value}");
                    references++;
                }
            }
        }
        Assert.True(references >= 25, $"only {references} references were found");
    }

    static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Where(path => !path.Contains("obj", StringComparison.Ordinal));

    [Fact]
    public void The_readme_is_short()
    {
        // Code is not read, and the measured table is as long as there are machines.
        string text = Regex.Replace(File.ReadAllText(Path.Combine(Root, "README.md")), "```.*?```|<!-- speed.*?<!-- /speed -->", "", RegexOptions.Singleline);
        int words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Count(word => word.Any(char.IsLetterOrDigit));
        Assert.True(words <= MostWords, $"{words} words");
    }

    public static TheoryData<string> Documents() =>
    [
        "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md",
        .. Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md").Select(path => Path.GetRelativePath(Root, path)),
    ];

    [Theory, MemberData(nameof(Documents))]
    public void Links_lead_somewhere(string document)
    {
        string path = Path.Combine(Root, document), folder = Path.GetDirectoryName(path)!;
        Assert.All(Link().Matches(File.ReadAllText(path)).Select(match => match.Groups["path"].Value),
            link => Assert.True(Path.Exists(Path.Combine(folder, link)), $"{document}: {link}"));
    }

    // Those of the program are run by ReadmeTests.
    [Fact]
    public void The_readmes_dotnet_commands_are_run_by_ci()
    {
        string ci = string.Join('\n', Directory.EnumerateFiles(Path.Combine(Root, "tools", "build", "ci.d"), "*.sh")
            .Append(Path.Combine(Root, ".ci", "run")).Select(File.ReadAllText));
        string[] commands = [.. Regex.Matches(File.ReadAllText(Path.Combine(Root, "README.md")), @"(?<=^|`)dotnet [^`\n]+", RegexOptions.Multiline)
            .Select(match => match.Value).Where(command => !command.Contains(" -- ", StringComparison.Ordinal))];
        Assert.InRange(commands.Length, 4, 10);
        foreach (string command in commands)
        {
            // Folders and projects differ, the verb and what it is about do not.
            string[] words = command.Split(' ');
            var telling = words[..^1].Where(word => !word.StartsWith('-') && word != "add").Append(words[^1].Split('=')[0]);
            string pattern = string.Join(".* ", telling.Select(Regex.Escape));
            Assert.True(Regex.IsMatch(ci, pattern), $"no script of CI runs '{command}' ({pattern})");
        }
    }

    // The numbers of the README's table of models are the card's.
    [Fact]
    public void The_readmes_gains_are_the_model_cards()
    {
        string readme = File.ReadAllText(Path.Combine(Root, "README.md"));
        string card = File.ReadAllText(Path.Combine(Root, "src", "PgpSr.Managed", "Models", "MODEL-CARD.md"));
        string[] gains = [.. readme.Split('\n').Single(line => line.StartsWith("| PSNR beside bicubic", StringComparison.Ordinal))
            .Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(cell => cell.Split(' ')[0])];
        string heading = readme.Split('\n').Single(line => line.StartsWith("| | `pgp", StringComparison.Ordinal));
        string[] models = [.. heading.Split('`').Where((_, i) => i % 2 == 1)];
        Assert.Equal(gains.Length, models.Length);
        foreach ((string model, string gain) in models.Zip(gains))
        {
            Assert.Contains(card.Split('\n'), line =>
                line.StartsWith($"| `{model}`, clean", StringComparison.Ordinal) && line.Contains($"({gain})", StringComparison.Ordinal));
        }
    }
}
