using PgpSr.Managed;

namespace PgpSr.CommandLine;

/// <summary>What the embedded models are for.</summary>
static class ModelChoice
{
    /// <summary>One line: when to choose this model.</summary>
    public static string Advice(ModelInfo model) => model switch
    {
        { Name: ModelCatalog.Default } => "almost everything: closest to the original, one step",
        { Name: ModelCatalog.Default + "-vivid" } => "a sharp look: detail is invented; --look mixes it with the default",
        { Scale: <= 2 } => "results up to twice as large that shrink back to their input most exactly",
        _ => $"results {model.Scale} times as large, in one step",
    };
}
