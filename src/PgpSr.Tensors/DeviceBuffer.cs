namespace PgpSr.Tensors;

/// <summary>A block of a backend's memory. Tensors are views of one.</summary>
/// <param name="length">Bytes.</param>
public abstract class DeviceBuffer(long length) : IDisposable
{
    /// <summary>Bytes.</summary>
    public long Length { get; } = length;

    /// <summary>Gives the memory back to the device.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="Dispose()"/>
    protected abstract void Dispose(bool disposing);
}
