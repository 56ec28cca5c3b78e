using System.Runtime.InteropServices;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Cpu.Tests;

/// <summary>What a backend in bfloat16 promises: float32's bounds for factors that are bfloat16 already, the same bytes for any threads, a reason where it
/// does not serve.</summary>
public sealed class Bfloat16BackendTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sums_of_rounded_factors_are_float32s(bool tiles)
    {
        using var backend = Bfloat16Machines.Open(tiles);
        using var reference = new ReferenceBackend();
        // Several row blocks, panels and blocks of the inner sum; rows and columns that fill no tile; a gated layer.
        foreach ((int rows, int inputs, int outputs, var form) in (ReadOnlySpan<(int, int, int, LinearForm)>)
            [(1, 1, 1, LinearForm.Plain), (77, 200, 70, LinearForm.Plain), (300, 1300, 130, LinearForm.Plain), (45, 96, 90, LinearForm.Geglu),
                (40, 2700, 20, LinearForm.Plain)])
        {
            float scale = 1 / MathF.Sqrt(inputs);
            var tolerance = Tolerance.Sum(inputs, scale * (form == LinearForm.Geglu ? 8 : 1));
            tolerance.Assert($"{backend.Name}, {rows}x{inputs}x{outputs} {form}", Linear(reference, rows, inputs, outputs, form),
                Linear(backend, rows, inputs, outputs, form));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Threads_change_no_bit(bool tiles)
    {
        using var one = Bfloat16Machines.Open(tiles, threads: 1);
        using var three = Bfloat16Machines.Open(tiles, threads: 3);
        Assert.Equal(Linear(one, 333, 1400, 150, LinearForm.Plain), Linear(three, 333, 1400, 150, LinearForm.Plain));
        Assert.Equal(Attention(one), Attention(three));
    }

    [Fact]
    public void Weights_packed_in_bfloat16_serve_a_backend_in_float32()
    {
        if (!ProcessorFeatures.Detected.TileProducts && !ProcessorFeatures.Detected.PairProducts) Assert.Skip("the processor multiplies no bfloat16");
        using var rounding = CpuBackend.Create(new CpuBackendOptions { KernelSet = "v512", Threads = 1, Precision = CpuPrecision.BF16 });
        if (rounding.PrecisionRefusal is { } refusal) Assert.Skip(refusal);
        using var single = CpuBackend.Create(new CpuBackendOptions { KernelSet = "v512", Threads = 1 });
        using var weight = Packed(rounding, 70, 50, LinearForm.Plain);
        using var reference = new ReferenceBackend();
        Tolerance.Sum(70, 1 / Math.Sqrt(70)).Assert("v512", Linear(reference, 9, 70, 50, LinearForm.Plain), Linear(single, weight, 9));
    }

    [Fact]
    public void Float32_serves_with_a_reason_where_the_processor_or_the_kernel_set_does_not()
    {
        foreach (var (options, reason) in ((CpuBackendOptions, string)[])
            [(new CpuBackendOptions { KernelSet = "v512", Features = default(ProcessorFeatures) }, "neither AMX-BF16 nor AVX512-BF16"),
                (new CpuBackendOptions { KernelSet = "v256" }, "v256 is in use"),
                (new CpuBackendOptions { KernelSet = "v128" }, "v128 is in use")])
        {
            using var backend = CpuBackend.Create(options with { Threads = 1, Precision = CpuPrecision.BF16 });
            Assert.Equal(CpuPrecision.F32, backend.Precision);
            Assert.Contains(reason, backend.PrecisionRefusal, StringComparison.Ordinal);
            using var plain = CpuBackend.Create(options with { Threads = 1 });
            Assert.Null(plain.PrecisionRefusal);
            Assert.Equal(Linear(plain, 5, 33, 20, LinearForm.Plain), Linear(backend, 5, 33, 20, LinearForm.Plain));
        }
    }

    static float[] Linear(Backend backend, int rows, int inputs, int outputs, LinearForm form)
    {
        using var weight = Packed(backend, inputs, outputs, form);
        return Linear(backend, weight, rows);
    }

    static float[] Linear(Backend backend, PackedLinear weight, int rows)
    {
        using var x = backend.CreateTensor(new Shape(rows, weight.Inputs));
        using var y = backend.CreateTensor(new Shape(rows, weight.Outputs));
        backend.Upload(MemoryMarshal.AsBytes<float>(Bfloat16KernelTests.Rounded(new SeededData(3).Uniform(x.Shape.Count))), x);
        backend.Linear(x, weight, default, y);
        return Values(backend, y);
    }

    static PackedLinear Packed(Backend backend, int inputs, int outputs, LinearForm form)
    {
        var data = new SeededData(inputs);
        float scale = 1 / MathF.Sqrt(inputs);
        var shape = new Shape(outputs, inputs);
        var values = Bfloat16KernelTests.Rounded(data.Uniform(shape.Count, -scale, scale));
        var bias = new HostTensor("bias", DType.F32, new Shape(outputs), MemoryMarshal.AsBytes(data.Uniform(outputs).AsSpan()));
        return backend.PackLinear(new HostTensor("weight", DType.F32, shape, MemoryMarshal.AsBytes(values.AsSpan())), bias, form);
    }

    static float[] Attention(Backend backend)
    {
        var data = new SeededData(4);
        using var q = backend.CreateTensor(new Shape(1, 500, 80));
        using var k = backend.CreateTensor(new Shape(1, 900, 80));
        using var y = backend.CreateTensor(new Shape(1, 500, 80));
        backend.Upload(MemoryMarshal.AsBytes(data.Uniform(q.Shape.Count).AsSpan()), q);
        backend.Upload(MemoryMarshal.AsBytes(data.Uniform(k.Shape.Count).AsSpan()), k);
        backend.Attention(q, k, k, 2, 0.2f, causal: false, y);
        return Values(backend, y);
    }

    static float[] Values(Backend backend, Tensor tensor)
    {
        var values = new float[tensor.Shape.Count];
        backend.Download(tensor, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
