namespace PgpSr.Pruning;

/// <summary>What can be wrong with the input of measuring, planning and rewriting.</summary>
enum PruningFault
{
    /// <summary>The path holds no model of a kind that this library knows.</summary>
    NotAModel,

    /// <summary>There is no picture to measure with, or one cannot serve.</summary>
    NoPictures,

    /// <summary>A plan names what the model does not have, or removes what the rest needs.</summary>
    PlanMisfit,

    /// <summary>A plan or a report is no JSON of the documented form and version.</summary>
    Malformed,

    /// <summary>A report is of another model.</summary>
    ReportMisfit,

    /// <summary>Something stands already where the result should go.</summary>
    OutputExists,

    /// <summary>A number of the source does not fit the requested element type.</summary>
    Overflow,

    /// <summary>The network's features are not finite.</summary>
    NotFinite,

    /// <summary>The model cannot do what was asked of it.</summary>
    Unsupported,
}
