using System.Runtime.InteropServices;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Cpu.Tests;

/// <summary>One operation, run by every kernel set with 1, 2 and 3 threads and by the double-precision reference.</summary>
sealed class Trial
{
    readonly List<(float[] Values, Shape Shape)> _inputs = [];

    public delegate void Operation(Backend backend, Tensor[] inputs, Tensor result);

    public Trial With(float[] values, params ReadOnlySpan<int> axes)
    {
        _inputs.Add((values, new Shape(axes)));
        return this;
    }

    /// <summary>Results must be within tolerance of the reference's and the same bytes for every thread count.</summary>
    public void Check(string what, Shape result, Tolerance tolerance, Operation operation)
    {
        float[] expected;
        using (var reference = new ReferenceBackend()) expected = Run(reference, result, operation, inPlace: false);
        foreach (string set in CpuBackend.AvailableKernelSets)
        {
            float[]? first = null;
            for (int threads = 1; threads <= 3; threads++)
            {
                using var backend = CpuBackend.Create(new CpuBackendOptions { KernelSet = set, Threads = threads });
                float[] actual = Run(backend, result, operation, inPlace: false);
                if (first is null) tolerance.Assert($"{what}, {set}", expected, actual);
                first ??= actual;
                Assert.True(MemoryMarshal.AsBytes<float>(first).SequenceEqual(MemoryMarshal.AsBytes<float>(actual)),
                    $"{what}, {set}: {threads} threads give other bytes than 1");
            }
        }
    }

    /// <summary>With the first input as destination, the bytes must be those of a run with a separate one.</summary>
    public void CheckInPlace(string what, Operation operation)
    {
        foreach (string set in CpuBackend.AvailableKernelSets)
        {
            using var backend = CpuBackend.Create(new CpuBackendOptions { KernelSet = set, Threads = 2 });
            float[] apart = Run(backend, _inputs[0].Shape, operation, inPlace: false);
            float[] inPlace = Run(backend, _inputs[0].Shape, operation, inPlace: true);
            Assert.True(MemoryMarshal.AsBytes<float>(apart).SequenceEqual(MemoryMarshal.AsBytes<float>(inPlace)),
                $"{what}, {set}: in place gives other bytes");
        }
    }

    float[] Run(Backend backend, Shape result, Operation operation, bool inPlace)
    {
        var inputs = _inputs.Select(input =>
        {
            var tensor = backend.CreateTensor(input.Shape);
            backend.Upload(MemoryMarshal.AsBytes<float>(input.Values), tensor);
            return tensor;
        }).ToArray();
        var y = inPlace ? inputs[0] : backend.CreateTensor(result);
        // What an operation fails to write shows as NaN.
        if (!inPlace)
        {
            float[] poison = new float[result.Count];
            Array.Fill(poison, float.NaN);
            backend.Upload(MemoryMarshal.AsBytes<float>(poison), y);
        }
        operation(backend, inputs, y);
        float[] values = new float[y.Shape.Count];
        backend.Download(y, MemoryMarshal.AsBytes(values.AsSpan()));
        foreach (var input in inputs) input.Dispose();
        if (!inPlace) y.Dispose();
        return values;
    }
}
