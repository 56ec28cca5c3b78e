namespace PgpSr.Managed;

/// <summary>Which networks stay in memory between stages, widest first.</summary>
enum FaithDiffResidency
{
    /// <summary>All, text encoders included: the next picture begins at once.</summary>
    All,

    /// <summary>Text encoders leave before the others come.</summary>
    WithoutText,

    /// <summary>Only what a stage runs: every picture loads everything again.</summary>
    StageByStage,
}
