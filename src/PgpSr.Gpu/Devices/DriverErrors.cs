using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace PgpSr.Gpu;

/// <summary>What a driver's error means for the caller.</summary>
static class DriverErrors
{
    // Parts of the drivers' names of errors: CUDA_ERROR_..., CL_....
    static readonly string[] s_outOfMemory =
        ["OUT_OF_MEMORY", "OUT_OF_RESOURCES", "OUT_OF_HOST_MEMORY", "MEM_OBJECT_ALLOCATION", "INVALID_BUFFER_SIZE"];

    static readonly string[] s_deviceLost =
    [
        "DEVICE_NOT_AVAILABLE", "LOST", "ECC_UNCORRECTABLE", "ILLEGAL_ADDRESS", "LAUNCH_FAILED", "LAUNCH_TIMEOUT", "HARDWARE_STACK",
        "CONTEXT_IS_DESTROYED", "INVALID_COMMAND_QUEUE", "INVALID_CONTEXT",
    ];

    /// <summary>The exceptions that ILGPU lets through from drivers and compilers.</summary>
    public static bool IsDriverError(Exception e) =>
        e is AcceleratorException or InternalCompilerException or DriverCallException or CapabilityNotSupportedException or NotSupportedException;

    /// <summary>The typed error of a failed call.</summary>
    public static GpuException Translate(string device, string doing, Exception e)
    {
        var failure = FailureOf(e);
        string advice = failure switch
        {
            GpuFailure.OutOfMemory =>
                "the device does not have enough free memory; close other programs on it, use smaller tiles (--tile) or '--device cpu'",
            GpuFailure.DeviceLost =>
                "the device was lost (a reset, a removal or a driver fault): create a new backend, or use '--device cpu'",
            GpuFailure.MissingFeature => "the device lacks a required feature; use '--device cpu'",
            _ => "the driver refused the operation; update the driver, or use '--device cpu'",
        };
        // A device in exclusive mode, which another process has.
        if (e is DriverCallException { Error: "CUDA_ERROR_DEVICE_UNAVAILABLE" })
            advice = "another program has exclusive use of the device: wait for it, choose another device, or use '--device cpu'";
        // An OpenCL error has no text of its own.
        string what = e is CLException cl ? cl.Error.ToString() : e.Message;
        return new GpuException(device, failure, $"{doing}: {advice} ({what})", e);
    }

    // ILGPU keeps the driver's name of a CUDA error as text and the number of an OpenCL error as a value.
    public static GpuFailure FailureOf(Exception e) => e switch
    {
        CudaException cuda => Named(cuda.Error),
        CLException cl => Named(cl.Error.ToString()),
        DriverCallException call => Named(call.Error),
        CapabilityNotSupportedException or NotSupportedException => GpuFailure.MissingFeature,
        OutOfMemoryException => GpuFailure.OutOfMemory,
        _ => GpuFailure.DriverError,
    };

    static GpuFailure Named(string error)
    {
        if (s_outOfMemory.Any(word => error.Contains(word, StringComparison.Ordinal))) return GpuFailure.OutOfMemory;
        return s_deviceLost.Any(word => error.Contains(word, StringComparison.Ordinal)) ? GpuFailure.DeviceLost : GpuFailure.DriverError;
    }
}
