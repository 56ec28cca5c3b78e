using System.Runtime.InteropServices;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks.Gpu;

/// <summary>The device's results beside the processor's: the largest difference over the result's root mean square.</summary>
static class Checks
{
    public static double Difference(Work work, Backend device, Backend processor)
    {
        float[] found = Result(work, device);
        float[] expected = Result(work, processor);
        double squares = 0, worst = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            squares += (double)expected[i] * expected[i];
            double difference = Math.Abs(found[i] - (double)expected[i]);
            // A comparison with NaN is false: it must not pass for small.
            if (!(difference <= worst)) worst = double.IsNaN(difference) ? double.PositiveInfinity : difference;
        }
        return worst / Math.Sqrt(squares / expected.Length);
    }

    static float[] Result(Work work, Backend backend)
    {
        using var prepared = work.Prepare(backend);
        prepared.Run();
        var values = new float[prepared.Result.Shape.Count];
        backend.Download(prepared.Result, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
