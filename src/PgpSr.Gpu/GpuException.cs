using PgpSr.Tensors;

namespace PgpSr.Gpu;

/// <summary>A GPU cannot do what was asked of it; the message says what to do.</summary>
public sealed class GpuException : BackendException
{
    /// <param name="device">The device, or <c>gpu</c> if none was found.</param>
    /// <param name="failure">The kind of failure.</param>
    /// <param name="message">What failed and what to do.</param>
    /// <param name="inner">The driver's error.</param>
    public GpuException(string device, GpuFailure failure, string message, Exception? inner = null)
        : base(device, message, inner)
    {
        Failure = failure;
        OutOfMemory = failure == GpuFailure.OutOfMemory;
    }

    /// <summary>The kind of failure.</summary>
    public GpuFailure Failure { get; }
}
