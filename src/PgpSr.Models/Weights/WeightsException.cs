using System.Collections.Immutable;

namespace PgpSr.Models;

/// <summary>A checkpoint does not hold what a network needs. Lists every tensor that is wrong, not only the first.</summary>
public sealed class WeightsException : PgpSrException
{
    /// <param name="source">The checkpoint.</param>
    /// <param name="problems">What is wrong, one entry a tensor.</param>
    public WeightsException(string source, ImmutableArray<WeightProblem> problems)
        : base($"{source}: {problems.Length} tensor{(problems.Length == 1 ? "" : "s")} cannot be used:{Environment.NewLine}"
            + string.Join(Environment.NewLine, problems.Select(p => "  " + p)))
    {
        Checkpoint = source;
        Problems = problems;
    }

    /// <summary>The checkpoint.</summary>
    public string Checkpoint { get; }

    /// <summary>What is wrong, one entry a tensor.</summary>
    public ImmutableArray<WeightProblem> Problems { get; }
}

/// <summary>What is wrong with one tensor of a checkpoint.</summary>
/// <param name="Kind">Which fault.</param>
/// <param name="Name">Checkpoint key.</param>
/// <param name="Detail">Expected and found, in words.</param>
public sealed record WeightProblem(WeightProblemKind Kind, string Name, string Detail)
{
    /// <summary>For example <c>missing: conv_in.weight (expected [320, 4, 3, 3])</c>.</summary>
    public override string ToString() => $"{Kind.ToString().ToLowerInvariant()}: {Name} ({Detail})";
}

/// <summary>Faults of a checkpoint's tensor.</summary>
public enum WeightProblemKind
{
    /// <summary>The network needs it, the checkpoint has it not.</summary>
    Missing,

    /// <summary>The checkpoint has it, the network does not use it.</summary>
    Unexpected,

    /// <summary>Its shape differs from the expected one.</summary>
    Misshapen,

    /// <summary>Its element type is none that networks are loaded from (F32, F16, BF16).</summary>
    Mistyped,

    /// <summary>It holds an infinity or NaN.</summary>
    NonFinite,
}
