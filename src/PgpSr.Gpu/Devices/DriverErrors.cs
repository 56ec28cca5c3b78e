using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace PgpSr.Gpu;

/// <summary>What a driver's error means for the caller.</summary>
static class DriverErrors
{
    /// <summary>The exceptions that ILGPU lets through from drivers and compilers.</summary>
    public static bool IsDriverError(Exception e) => e is AcceleratorException or InternalCompilerException or CapabilityNotSupportedException or NotSupportedException;

    /// <summary>The typed error of a failed call.</summary>
    public static GpuException Translate(string device, string doing, Exception e)
    {
        var failure = FailureOf(e);
        string advice = failure switch
        {
            GpuFailure.OutOfMemory => "the device has not enough free memory; close other programs on it, use smaller tiles (--tile) or '--device cpu'",
            GpuFailure.DeviceLost => "the device was lost (reset, removed, or a fault in its driver); everything on it is gone: make a new backend, or use '--device cpu'",
            GpuFailure.MissingFeature => "the device lacks a feature that this needs; use '--device cpu'",
            _ => "the driver refused it; update the driver, or use '--device cpu'",
        };
        return new GpuException(device, failure, $"{doing}: {advice} ({e.Message})", e);
    }

    // ILGPU keeps the driver's name of a CUDA error as text and the number of an OpenCL error as a value.
    static GpuFailure FailureOf(Exception e) => e switch
    {
        CudaException cuda => Named(cuda.Error),
        CLException cl => Named(cl.Error.ToString()),
        CapabilityNotSupportedException or NotSupportedException => GpuFailure.MissingFeature,
        OutOfMemoryException => GpuFailure.OutOfMemory,
        _ => GpuFailure.DriverError,
    };

    static GpuFailure Named(string error)
    {
        if (Has("OUT_OF_MEMORY") || Has("OUT_OF_RESOURCES") || Has("OUT_OF_HOST_MEMORY") || Has("MEM_OBJECT_ALLOCATION") || Has("INVALID_BUFFER_SIZE"))
            return GpuFailure.OutOfMemory;
        return Has("DEVICE_NOT_AVAILABLE") || Has("LOST") || Has("ECC_UNCORRECTABLE") || Has("ILLEGAL_ADDRESS") || Has("LAUNCH_FAILED") || Has("LAUNCH_TIMEOUT")
            || Has("HARDWARE_STACK") || Has("CONTEXT_IS_DESTROYED") || Has("INVALID_COMMAND_QUEUE") || Has("INVALID_CONTEXT")
            ? GpuFailure.DeviceLost
            : GpuFailure.DriverError;

        bool Has(string word) => error.Contains(word, StringComparison.Ordinal);
    }
}
