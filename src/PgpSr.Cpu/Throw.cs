using System.Diagnostics.CodeAnalysis;
using PgpSr.Tensors;

namespace PgpSr.Cpu;

static class Throw
{
    [DoesNotReturn]
    public static void NotAWeight(HostTensor weight, string expected, string parameter) =>
        throw new ArgumentException($"{weight.Name}: expected {expected}, got {weight.Type} {weight.Shape}", parameter);

    [DoesNotReturn]
    public static void NotABias(HostTensor weight, HostTensor bias, string parameter) =>
        throw new ArgumentException($"{bias.Name}: {weight.Name} {weight.Shape} takes a bias [{weight.Shape[0]}], got {bias.Type} {bias.Shape}",
            parameter);

    [DoesNotReturn]
    public static void OtherBackend(string name, string parameter) =>
        throw new ArgumentException($"{name} was packed by another kind of backend; pack it with this one", parameter);

    [DoesNotReturn]
    public static void OtherKernelSet(string name, string kernelSet, string parameter) =>
        throw new ArgumentException($"{name} was packed for another kernel set than {kernelSet}; pack it with a backend that uses {kernelSet}",
            parameter);
}
