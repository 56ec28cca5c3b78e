namespace PgpSr.Pruning;

/// <summary>Measuring, planning or rewriting cannot go on; the message says with what and what to do.</summary>
/// <param name="fault">Which fault.</param>
/// <param name="subject">The path, tensor or block that it is about.</param>
/// <param name="message">What is wrong, without the subject.</param>
/// <param name="inner">What caused it, or null.</param>
sealed class PruningException(PruningFault fault, string subject, string message, Exception? inner = null)
    : PgpSrException($"{subject}: {message}", inner)
{
    /// <summary>Which fault.</summary>
    public PruningFault Fault { get; } = fault;

    /// <summary>The path, tensor or block that it is about.</summary>
    public string Subject { get; } = subject;
}
