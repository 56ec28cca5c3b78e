using PgpSr.Tensors;

namespace PgpSr.CommandLine;

/// <summary>One kind of backend a program was built with. The heads hand in a list of them, the preferred one first.</summary>
interface IBackendProvider
{
    /// <summary>What <c>--device</c> calls it: <c>cpu</c>, <c>gpu</c>.</summary>
    string Name { get; }

    /// <summary>What makes this build slower than the machine allows, and the way out; null if nothing does. Shown before every run.</summary>
    string? Warning => null;

    /// <summary>The devices, usable or not. Does not throw for a device that is absent or broken: that is a refusal in its report.</summary>
    IReadOnlyList<DeviceReport> Describe();

    /// <summary>A backend ready to work.</summary>
    /// <exception cref="BackendException">There is no usable device.</exception>
    Backend Create(BackendRequest request);

    /// <summary>Why a backend does not multiply what <see cref="BackendRequest.Precision"/> asked for, and what it does; null if it does.</summary>
    string? PrecisionRefusal(Backend backend, BackendRequest request) => null;

    /// <summary>Floating-point operations a second that the backend's device reaches at best, measured or known; null where neither.</summary>
    double? MeasurePeak(Backend backend) => null;
}
