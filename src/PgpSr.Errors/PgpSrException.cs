namespace PgpSr;

/// <summary>
/// Base of the exceptions that PgpSr.Managed throws on purpose: a file, a model, an option's combination or a device cannot serve, and the message names
/// it and the way out. Each kind has a type of its own. What is no fault of theirs comes as .NET throws it: a disk that fails
/// (<see cref="IOException"/>), an argument out of range (<see cref="ArgumentException"/>), a cancellation
/// (<see cref="OperationCanceledException"/>).
/// </summary>
public abstract class PgpSrException : Exception
{
    /// <param name="message">What is wrong and the way out.</param>
    /// <param name="inner">The cause, if another exception reported it.</param>
    protected PgpSrException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
