using PgpSr.Managed;

namespace PgpSr.CommandLine;

/// <summary>Which embedded model is taken where none is named, and what each is for.</summary>
static class ModelChoice
{
    /// <summary>
    /// The model that measures best at a scale. Up to 2 it is the one-step model of that scale, from there on the default (<c>benchmarks/NOTEBOOK.md</c>
    /// has the numbers of both ways at 2).
    /// </summary>
    /// <param name="scale">Times larger; null where a size in pixels or none is asked for.</param>
    public static string For(double? scale) => scale is { } wanted && wanted <= 2
        ? Embedded().FirstOrDefault(model => model is { Scale: 2, DefaultSteps: 1 })?.Name ?? ModelCatalog.Default
        : ModelCatalog.Default;

    /// <summary>One line: when to choose this model.</summary>
    public static string Advice(ModelInfo model) => model switch
    {
        { Name: ModelCatalog.Default } => "almost always: closest to the truth, one step",
        { DefaultSteps: > 1 } => $"when invented texture matters more than likeness; about {model.DefaultSteps} times slower, lower PSNR",
        { Scale: <= 2 } => "results up to twice as large; taken by --scale 2 and below",
        _ => $"results {model.Scale} times as large, in one step",
    };

    static IEnumerable<ModelInfo> Embedded() => ModelCatalog.Names.Select(ModelCatalog.Describe);
}
