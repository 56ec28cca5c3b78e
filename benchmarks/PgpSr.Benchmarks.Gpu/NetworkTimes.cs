using System.Diagnostics;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>A network on a device from its weights on.</summary>
/// <param name="Load">Seconds until weights are packed and memory is taken; kernels are compiled beside it.</param>
/// <param name="First">Seconds of the first evaluation, which waits for kernels that are not compiled yet.</param>
/// <param name="Steady">Median seconds of those after it.</param>
/// <param name="Flops">Of one evaluation.</param>
/// <param name="Memory">Bytes on the device.</param>
/// <param name="IsFinite">Every value of the result is a number.</param>
sealed record NetworkTimes(double Load, double First, double Steady, double Flops, WorkMemory Memory, bool IsFinite)
{
    public static NetworkTimes Of(NetworkWork network, Backend backend, int rounds)
    {
        long start = Stopwatch.GetTimestamp();
        using BackendWork prepared = network.Prepare(backend, DType.F16);
        double load = Stopwatch.GetElapsedTime(start).TotalSeconds, first = Evaluate();
        var times = new Samples();
        for (int round = 0; round < rounds; round++) times.Add(Evaluate());
        return new(load, first, times.Median(), prepared.Flops, prepared.Memory, Array.TrueForAll(prepared.Result(), float.IsFinite));

        double Evaluate()
        {
            long began = Stopwatch.GetTimestamp();
            prepared.Run();
            prepared.Drain();
            return Stopwatch.GetElapsedTime(began).TotalSeconds;
        }
    }

    public override string ToString() =>
        FormattableString.Invariant($"{(IsFinite ? "finite" : "NOT FINITE")}; weights {Load:F2} s, first evaluation {First:F2} s");
}
