using System.Globalization;
using System.Text;

namespace PgpSr.Gpu;

/// <summary>A device that OpenCL offers, and what it can do.</summary>
sealed unsafe class OpenClDevice
{
    // Numbers of the specification.
    const uint PlatformName = 0x0902, DeviceTypeInfo = 0x1000, ComputeUnits = 0x1002, MaxGroup = 0x1004, GlobalMemory = 0x101f,
        LocalMemory = 0x1023, LittleEndian = 0x1026, Available = 0x1027, DeviceName = 0x102b, DeviceVersion = 0x102f, Extensions = 0x1030,
        LanguageVersion = 0x103d, GenericAddressSpace = 0x1069;

    const ulong AllTypes = 0xffffffff;
    const ulong ProcessorType = 2;

    /// <summary>What the largest kernel takes: Fourier lines.</summary>
    const long LocalMemoryNeeded = Fourier.FourierLine.SharedFloats * sizeof(float);

    /// <summary>More than any machine has.</summary>
    const uint MostDevices = 64;

    readonly OpenClFunctions _cl;

    OpenClDevice(OpenClFunctions cl, IntPtr platform, IntPtr handle)
    {
        _cl = cl;
        Handle = handle;
        Platform = platform;
        MaxGroupSize = (int)Math.Min(int.MaxValue, Number<nuint>(MaxGroup));
        ComputeUnitCount = (int)Number<uint>(ComputeUnits);
        (Major, Minor) = VersionOf(Text(DeviceVersion), "OpenCL ");
        // A 3.0 device names an older language there, of which it takes the newest as well.
        LanguageMajor = Major >= 3 ? Major : VersionOf(Text(LanguageVersion), "OpenCL C ").Major;
    }

    public IntPtr Handle { get; }

    public IntPtr Platform { get; }

    public int MaxGroupSize { get; }

    public int ComputeUnitCount { get; }

    /// <summary>What programs are built as.</summary>
    public string LanguageOption => LanguageMajor >= 3 ? "-cl-std=CL3.0" : "-cl-std=CL2.0";

    int Major { get; }

    int Minor { get; }

    int LanguageMajor { get; }

    /// <summary>All devices of all platforms, in the loader's order, without those that their driver calls unavailable.</summary>
    /// <exception cref="DriverCallException">The loader does not answer.</exception>
    public static List<OpenClDevice> All(OpenClFunctions cl)
    {
        var devices = new List<OpenClDevice>();
        uint count;
        int result = cl.GetPlatformIDs(0, null, &count);
        if (result == OpenClError.NoPlatform || (result == 0 && count == 0)) return devices;
        OpenClError.Check(result, "clGetPlatformIDs");
        count = Math.Min(count, MostDevices);
        IntPtr* platforms = stackalloc IntPtr[(int)MostDevices];
        OpenClError.Check(cl.GetPlatformIDs(count, platforms, null), "clGetPlatformIDs");
        IntPtr* handles = stackalloc IntPtr[(int)MostDevices];
        for (uint p = 0; p < count; p++)
        {
            uint found;
            // A platform whose driver is out of order leaves the others usable.
            if (cl.GetDeviceIDs(platforms[p], AllTypes, MostDevices, handles, &found) != 0) continue;
            for (uint d = 0; d < Math.Min(found, MostDevices); d++)
            {
                var device = new OpenClDevice(cl, platforms[p], handles[d]);
                if (handles[d] != IntPtr.Zero && device.Number<uint>(Available) != 0) devices.Add(device);
            }
        }
        return devices;
    }

    /// <summary>What users are told.</summary>
    public GpuDeviceReport Describe(int index)
    {
        bool processor = (Number<ulong>(DeviceTypeInfo) & ProcessorType) != 0;
        bool half = Text(Extensions).Split(' ').Contains("cl_khr_fp16");
        string details = string.Create(
            CultureInfo.InvariantCulture, $"{PlatformText(PlatformName)}, OpenCL {Major}.{Minor}, {ComputeUnitCount} compute units");
        return new(
            string.Create(CultureInfo.InvariantCulture, $"opencl:{index}"), GpuApi.OpenCl, Text(DeviceName), (long)Number<ulong>(GlobalMemory),
            processor, half, TensorCores: false, details, Refusal());
    }

    string? Refusal()
    {
        if (LanguageMajor < 2) return $"it supports OpenCL C {LanguageMajor}, but 2.0 is required: update the driver";
        if (Number<uint>(LittleEndian) == 0) return "it is big-endian, which kernels do not support: use '--device cpu'";
        if (Major >= 3 && Number<uint>(GenericAddressSpace) == 0)
            return "no generic address space (OpenCL 2.0, optional in 3.0), which kernels need: update the driver; PoCL has it from version 5";
        long local = (long)Number<ulong>(LocalMemory);
        return local < LocalMemoryNeeded
            ? $"{local:N0} bytes of local memory, kernels need {LocalMemoryNeeded:N0}: use '--device cpu'"
            : null;
    }

    // A number that the device does not know is 0.
    T Number<T>(uint info)
        where T : unmanaged
    {
        T value = default;
        return _cl.GetDeviceInfo(Handle, info, (nuint)sizeof(T), &value, null) == 0 ? value : default;
    }

    string Text(uint info)
    {
        nuint bytes;
        if (_cl.GetDeviceInfo(Handle, info, 0, null, &bytes) != 0 || bytes > 1 << 20) return "";
        byte[] text = new byte[(int)bytes];
        fixed (byte* to = text) return _cl.GetDeviceInfo(Handle, info, bytes, to, null) == 0 ? Trim(text) : "";
    }

    string PlatformText(uint info)
    {
        nuint bytes;
        if (_cl.GetPlatformInfo(Platform, info, 0, null, &bytes) != 0 || bytes > 1 << 20) return "";
        byte[] text = new byte[(int)bytes];
        fixed (byte* to = text) return _cl.GetPlatformInfo(Platform, info, bytes, to, null) == 0 ? Trim(text) : "";
    }

    static string Trim(byte[] text) => Encoding.UTF8.GetString(text).Trim('\0', ' ');

    static (int Major, int Minor) VersionOf(string text, string prefix)
    {
        if (!text.StartsWith(prefix, StringComparison.Ordinal)) return (0, 0);
        string[] parts = text[prefix.Length..].Split(' ')[0].Split('.');
        return parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int major)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int minor) ? (major, minor) : (0, 0);
    }
}
