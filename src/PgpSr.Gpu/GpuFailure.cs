namespace PgpSr.Gpu;

/// <summary>Why a GPU cannot be used or stopped being usable.</summary>
public enum GpuFailure
{
    /// <summary>No library of a GPU driver on this machine.</summary>
    NoDriver,

    /// <summary>There is a driver, but it offers no device, or none of the requested name.</summary>
    NoDevice,

    /// <summary>The device lacks a feature that kernels need or that was forced.</summary>
    MissingFeature,

    /// <summary>A block of memory, or the limit set for all of them, is larger than what is left.</summary>
    OutOfMemory,

    /// <summary>The device stopped answering, was reset or removed: everything on it is gone.</summary>
    DeviceLost,

    /// <summary>The driver refused a call for another reason; the inner exception has its code.</summary>
    DriverError,
}
