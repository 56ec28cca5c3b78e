using System.Text.RegularExpressions;
using System.Xml.Linq;
using PgpSr.Testing;

namespace PgpSr.Tensors.Tests;

/// <summary>The table in src/README.md against the project files.</summary>
public sealed partial class ArchitectureTests
{
    static readonly string s_src = Path.Combine(Goldens.RepositoryRoot, "src");

    public static TheoryData<string> Projects() =>
        [.. Directory.EnumerateFiles(s_src, "*.csproj", SearchOption.AllDirectories).Select(p => Path.GetFileNameWithoutExtension(p)!)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_room_references_what_the_map_says_and_nothing_else(string room)
    {
        var map = Map();
        Assert.True(map.TryGetValue(room, out var allowed), $"src/README.md has no row for {room}");
        var project = XDocument.Load(Path.Combine(s_src, room, $"{room}.csproj"));
        var rooms = Included(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')));
        Assert.Equal(allowed.Where(name => name != "BCL").Order(StringComparer.Ordinal),
            rooms.Concat(Included(project, "PackageReference")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_map_names_no_room_that_is_not_there() =>
        Assert.All(Map().Keys, room => Assert.True(File.Exists(Path.Combine(s_src, room, $"{room}.csproj")), room));

    [Fact]
    public void A_stack_trace_names_files_of_the_repository_not_of_the_machine_that_built_it()
    {
        var error = Assert.ThrowsAny<ArgumentException>(() => new Shape(-1));
        Assert.Contains(" /_/src/PgpSr.Tensors/", error.StackTrace!.Replace('\\', '/'), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_public_exception_is_a_PgpSrException()
    {
        var bases = Directory.EnumerateFiles(s_src, "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Declaration().Matches(File.ReadAllText(file)))
            .ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value, StringComparer.Ordinal);
        Assert.True(bases.Count > 10);
        Assert.All(bases.Keys, name =>
        {
            string root = name;
            while (bases.TryGetValue(root, out string? next) && root != nameof(PgpSrException)) root = next;
            Assert.Equal(nameof(PgpSrException), root);
        });
    }

    /// <summary>A user meets these rooms through their exceptions, and one type in the options of Managed.</summary>
    [Theory, InlineData("Models"), InlineData("Restoration"), InlineData("Sampling"), InlineData("Text"), InlineData("Pruning"), InlineData("Onnx"),
        InlineData("CommandLine")]
    public void A_part_shows_nothing_that_no_user_needs(string room)
    {
        string[] needed = ["PromptEmbeddings", "WeightProblem", "WeightProblemKind"];
        var shown = Directory.EnumerateFiles(Path.Combine(s_src, $"PgpSr.{room}"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => PublicType().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value);
        Assert.DoesNotContain(shown, name => !name.EndsWith("Exception", StringComparison.Ordinal) && !needed.Contains(name));
    }

    // public sealed record Foo, public delegate Tensor Foo
    [GeneratedRegex(@"^public (?:\w+ )*(?:class|record struct|record|struct|interface|enum|delegate \w+) (\w+)", RegexOptions.Multiline)]
    private static partial Regex PublicType();

    // public sealed class FooException(parameters) : BarException
    [GeneratedRegex(@"public (?:sealed |abstract )?class (\w+Exception)\b(?:\((?:[^()]|\(\))*\))?\s*:\s*(\w+)")]
    private static partial Regex Declaration();

    // | `PgpSr.Cpu` | what | Tensors, System.Numerics.Tensors |
    static Dictionary<string, string[]> Map()
    {
        var rows = File.ReadLines(Path.Combine(s_src, "README.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('|')).ToList();
        var rooms = rows.Select(cells => cells[1].Trim(' ', '`')).ToHashSet();
        return rows.ToDictionary(cells => cells[1].Trim(' ', '`'), cells => cells[3]
            .Split(',', StringSplitOptions.TrimEntries)
            .Select(name => rooms.Contains($"PgpSr.{name}") ? $"PgpSr.{name}" : name)
            .ToArray());
    }

    static IEnumerable<string> Included(XDocument project, string element) => project.Descendants(element).Select(e => e.Attribute("Include")!.Value);
}
