using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using PgpSr.Testing;

namespace PgpSr.Pruning.Tests;

public sealed partial class ReportTests
{
    [Fact]
    public void A_report_survives_its_JSON()
    {
        var report = Sample();
        Assert.Equal(report.ToJson(), PruningReport.Parse(report.ToJson(), "report.json").ToJson());
    }

    [Theory]
    [InlineData("\"pgpsr.pruning-report.1\"", "\"pgpsr.pruning-report.2\"")]
    [InlineData("\"seed\"", "\"sead\"")]
    [InlineData("\"kind\": \"faith_diff\"", "\"kind\": 2")]
    [InlineData("\"kind\": \"faith_diff\"", "\"kind\": \"unknown\"")]
    [InlineData("\"backend\": \"test\"", "\"backend\": null")]
    [InlineData("transformer_blocks.1\"", "transformer_blocks.0\"")] // a block twice
    public void What_is_no_report_is_refused(string written, string changed)
    {
        string json = Sample().ToJson();
        Assert.Contains(written, json, StringComparison.Ordinal);
        var error = Assert.Throws<PruningException>(() =>
            PruningReport.Parse(json.Replace(written, changed, StringComparison.Ordinal), "report.json"));
        Assert.Equal((PruningFault.Malformed, "report.json"), (error.Fault, error.Subject));
    }

    [Theory]
    [InlineData("blocks"), InlineData("stages"), InlineData("pictures"), InlineData("files")]
    public void A_null_inside_a_list_is_refused_by_the_lists_name(string list)
    {
        string json = Sample().ToJson();
        int at = json.IndexOf('[', json.IndexOf($"\"{list}\"", StringComparison.Ordinal)) + 1;
        var error = Assert.Throws<PruningException>(() => PruningReport.Parse(json.Insert(at, "null, "), "report.json"));
        Assert.Equal((PruningFault.Malformed, "report.json"), (error.Fault, error.Subject));
        Assert.Contains(list, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a block of no stack", 0.5)]
    [InlineData("up_blocks.0.attentions.0.transformer_blocks.0", 5e-324)] // the smallest number there is: no axis can be divided by it
    public void A_page_can_be_made_of_any_report_that_can_be_read(string path, double value)
    {
        using var writer = new StringWriter();
        HtmlReport.Write(Sample() with { Blocks = [new(path, UnetPart.Decoder, [value, 0, 0], [value, 0, 0], value, value)] }, writer);
        Assert.DoesNotContain("NaN", writer.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Infinity", writer.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_key_of_a_report_is_described_and_every_description_is_of_a_key()
    {
        string text = File.ReadAllText(Path.Combine(Goldens.RepositoryRoot, "src", "PgpSr.Pruning", "REPORT.md"));
        string table = text[text.IndexOf("## Report", StringComparison.Ordinal)..text.IndexOf("## Plan", StringComparison.Ordinal)];
        var described = table.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(line => Key().Matches(line.Split('|')[1])
                .Select(m => m.Groups[1].Value.Split('.')[^1].Replace("[]", "", StringComparison.Ordinal))).ToHashSet();
        using var document = JsonDocument.Parse(Sample().ToJson());
        var keys = new HashSet<string>();
        Leaves(document.RootElement, keys);
        Assert.Equal(keys.Order(), described.Order());
    }

    [Fact]
    public void The_page_is_sound_and_loads_nothing()
    {
        using var writer = new StringWriter();
        var report = Sample();
        HtmlReport.Write(report with { Model = report.Model with { Name = "<script>\"&" } }, writer);
        string page = writer.ToString();
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch("(?i)(src|href|url)\\s*[=(]", page);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
        foreach (Match svg in Svg().Matches(page)) XDocument.Parse(svg.Value);
        // Two plots of levels, three heat maps, two plots of blocks.
        Assert.Equal(7, Svg().Count(page));
        Assert.Equal(report.Blocks.Length, Regex.Count(page, "<tr[^>]*><td>"));
        Assert.Contains("up_blocks.0.attentions.0.transformer_blocks.1: 0.3", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_of_a_one_step_model_has_no_curves_and_that_of_a_model_without_transformers_no_heat_map()
    {
        var report = Sample();
        var oneStep = report with
        {
            Run = report.Run with { Timesteps = [999] },
            Stages =
            [.. report.Stages.Select(s => s with { PhiCos = [], PsiKl = [], MeanPhiCos = null, MeanPsiKl = null })]
        };
        Assert.Equal(3, Svg().Count(Page(oneStep)));
        Assert.DoesNotMatch(Svg(), Page(oneStep with { Blocks = [] }));

        static string Page(PruningReport report)
        {
            using var writer = new StringWriter();
            HtmlReport.Write(report, writer);
            return writer.ToString();
        }
    }

    internal static PruningReport Sample() => new()
    {
        Model = new MeasuredModel("model", CheckpointKind.FaithDiff, [new("unet.safetensors", "ab"), new("faithdiff.safetensors", "cd")], 1234, 2468),
        Run = new MeasuredRun("euler", 3, [667, 334, 1], 7, 5, "zeros", "noise", SoftmaxAxis.All, "test"),
        Pictures = [new("a.png", 64, 48)],
        Stages = [new("down_blocks.0", UnetPart.Encoder, [0.1, 0.2], [1, 2], 0.15, 1.5), new("mid_block", UnetPart.Bottleneck, [0, 0], [0, 0], 0, 0)],
        Blocks =
        [
            new("up_blocks.0.attentions.0.transformer_blocks.0", UnetPart.Decoder, [0.1, 0.2, 0.3], [1, 2, 3], 0.2, 2, 0.5),
            new("up_blocks.0.attentions.0.transformer_blocks.1", UnetPart.Decoder, [0.2, 0.3, 0.4], [1, 2, 3], 0.3, 2, 0.25),
        ],
    };

    static void Leaves(JsonElement element, HashSet<string> keys)
    {
        if (element.ValueKind == JsonValueKind.Array)
            foreach (var item in element.EnumerateArray()) Leaves(item, keys);
        if (element.ValueKind != JsonValueKind.Object) return;
        foreach (var property in element.EnumerateObject())
        {
            bool branch = property.Value.ValueKind == JsonValueKind.Object
                || (property.Value.ValueKind == JsonValueKind.Array && property.Value[0].ValueKind == JsonValueKind.Object);
            if (branch) Leaves(property.Value, keys);
            else keys.Add(property.Name);
        }
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Key();

    [GeneratedRegex("<svg.*?</svg>", RegexOptions.Singleline)]
    private static partial Regex Svg();
}
