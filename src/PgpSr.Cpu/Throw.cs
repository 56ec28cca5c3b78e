using System.Diagnostics.CodeAnalysis;

namespace PgpSr.Cpu;

static class Throw
{
    [DoesNotReturn]
    public static void OtherBackend(string name, string parameter) =>
        throw new ArgumentException($"{name} was packed by another kind of backend; pack it with this one", parameter);

    [DoesNotReturn]
    public static void OtherKernelSet(string name, string kernelSet, string parameter) =>
        throw new ArgumentException($"{name} was packed for another kernel set than {kernelSet}; pack it with a backend that uses {kernelSet}",
            parameter);
}
