using PgpSr.Managed;

namespace PgpSr.CommandLine;

/// <summary>What the embedded models are for.</summary>
static class ModelChoice
{
    const string Twice = "pgp-s1-x2";

    /// <summary>
    /// The model for a result of that scale where nobody names one: up to twice the size, the one trained for it, which is better than the default's result
    /// reduced (MODEL-CARD.md).
    /// </summary>
    public static string ForScale(double? scale) => scale <= 2 && ModelCatalog.Names.Contains(Twice) ? Twice : ModelCatalog.Default;

    /// <summary>One line: when to choose this model.</summary>
    public static string Advice(ModelInfo model) => model switch
    {
        { Name: ModelCatalog.Default } => "almost everything: closest to the original, one step",
        { Name: ModelCatalog.Default + "-vivid" } => "a sharp look: detail is invented; --look mixes it with the default",
        { Scale: <= 2 } => "results up to twice as large; taken for --scale 2 and less",
        _ => $"results {model.Scale} times as large, in one step",
    };
}
