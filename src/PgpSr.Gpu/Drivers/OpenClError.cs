using System.Globalization;

namespace PgpSr.Gpu;

/// <summary>Results of OpenCL functions.</summary>
static class OpenClError
{
    /// <summary>No platform: the loader found no driver.</summary>
    public const int NoPlatform = -1001;

    /// <summary>A platform without devices.</summary>
    public const int NoDevice = -1;

    /// <exception cref="DriverCallException">The result is an error.</exception>
    public static void Check(int result, string function)
    {
        if (result != 0) throw new DriverCallException(function, Name(result));
    }

    /// <summary>The specification's name.</summary>
    public static string Name(int result) => result switch
    {
        -1 => "CL_DEVICE_NOT_FOUND",
        -2 => "CL_DEVICE_NOT_AVAILABLE",
        -3 => "CL_COMPILER_NOT_AVAILABLE",
        -4 => "CL_MEM_OBJECT_ALLOCATION_FAILURE",
        -5 => "CL_OUT_OF_RESOURCES",
        -6 => "CL_OUT_OF_HOST_MEMORY",
        -11 => "CL_BUILD_PROGRAM_FAILURE",
        -14 => "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST",
        -30 => "CL_INVALID_VALUE",
        -33 => "CL_INVALID_DEVICE",
        -34 => "CL_INVALID_CONTEXT",
        -36 => "CL_INVALID_COMMAND_QUEUE",
        -38 => "CL_INVALID_MEM_OBJECT",
        -43 => "CL_INVALID_BUILD_OPTIONS",
        -46 => "CL_INVALID_KERNEL_NAME",
        -51 => "CL_INVALID_ARG_SIZE",
        -52 => "CL_INVALID_KERNEL_ARGS",
        -54 => "CL_INVALID_WORK_GROUP_SIZE",
        -61 => "CL_INVALID_BUFFER_SIZE",
        NoPlatform => "CL_PLATFORM_NOT_FOUND_KHR",
        _ => string.Create(CultureInfo.InvariantCulture, $"OpenCL error {result}"),
    };
}
