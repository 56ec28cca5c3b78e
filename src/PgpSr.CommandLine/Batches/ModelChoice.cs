using PgpSr.Managed;

namespace PgpSr.CommandLine;

/// <summary>What the embedded models are for.</summary>
static class ModelChoice
{
    /// <summary>One line: when to choose this model.</summary>
    public static string Advice(ModelInfo model) => model switch
    {
        { Name: ModelCatalog.Default } => "almost always: closest to the truth, one step",
        { Name: ModelCatalog.Default + "-vivid" } => "when it is to look sharp: detail is invented; --look mixes it with the default",
        { Scale: <= 2 } => "results up to twice as large that reduce to their input most closely",
        _ => $"results {model.Scale} times as large, in one step",
    };
}
