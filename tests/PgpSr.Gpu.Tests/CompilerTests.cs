using ILGPU;
using PgpSr.Conformance;
using PgpSr.Testing;
using Half = System.Half;

namespace PgpSr.Gpu.Tests;

/// <summary>
/// Known defects of ILGPU 1.5.3 that kernels must not meet: each of these gave wrong numbers on a device before it was repaired or avoided.
/// </summary>
public abstract class CompilerTests(BackendFixture fixture)
{
    [Fact]
    public void A_load_stays_before_the_store_that_follows_it()
    {
        using var backend = (GpuBackend)fixture.Create();
        using var values = backend.CreateTensor(new Tensors.Shape(2));
        backend.Upload(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>([3, 5]), values);
        backend.Queue.Run(new SwapKernel(GpuBuffer.Floats(values)), new KernelConfig(1, 1));
        Assert.Equal([5, 3], Download(backend, values));
    }

    [Fact]
    public void A_load_stays_before_the_barrier_that_follows_it()
    {
        const int Threads = 16;
        using var backend = (GpuBackend)fixture.Create();
        using var values = backend.CreateTensor(new Tensors.Shape(Threads));
        backend.Queue.Run(new ReadBeforeBarrierKernel(GpuBuffer.Floats(values)), new KernelConfig(1, Threads));
        Assert.All(Download(backend, values), value => Assert.Equal(100, value));
    }

    [Fact]
    public void A_clamp_lets_NaN_pass()
    {
        using var backend = (GpuBackend)fixture.Create();
        using var values = backend.CreateTensor(new Tensors.Shape(3));
        backend.Upload(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>([float.NaN, 1000, -1000]), values);
        backend.Queue.ForEach(new ExpKernel(GpuBuffer.Floats(values)), 3);
        Assert.Equal([float.NaN, float.PositiveInfinity, 0], Download(backend, values));
    }

    [Fact]
    public void Every_binary16_number_is_widened_exactly()
    {
        using var backend = (GpuBackend)fixture.Create();
        using var values = backend.CreateTensor(new Tensors.Shape(65536));
        backend.Queue.ForEach(new WidenKernel(GpuBuffer.Floats(values)), 65536);
        float[] found = Download(backend, values);
        for (int bits = 0; bits < found.Length; bits++)
        {
            float expected = (float)BitConverter.UInt16BitsToHalf((ushort)bits);
            Assert.True(found[bits].Equals(expected), $"{bits:x4}: expected {expected:R}, got {found[bits]:R}");
        }
    }

    [Fact]
    public void Float32_is_narrowed_to_the_nearest_binary16()
    {
        // Every half's value, the middles between neighbors (ties) and a little to both sides of those; then what is special or beyond.
        float[] halves = [.. Enumerable.Range(0, 0x7c00).Select(bits => (float)BitConverter.UInt16BitsToHalf((ushort)bits))];
        var cases = new List<float> { float.NaN, float.PositiveInfinity, 65519f, 65520f, 1e6f, float.MaxValue, float.Epsilon, 1e-40f, 2.9e-8f, 3e-8f };
        for (int i = 0; i < halves.Length; i++)
        {
            float middle = (halves[i] + (i + 1 < halves.Length ? halves[i + 1] : 65536f)) / 2;
            cases.AddRange([halves[i], middle, MathF.BitIncrement(middle), MathF.BitDecrement(middle)]);
        }
        cases.AddRange(cases.Select(x => -x).ToList());
        using var backend = (GpuBackend)fixture.Create();
        using var x = backend.CreateTensor(new Tensors.Shape(cases.Count));
        using var y = backend.CreateTensor(new Tensors.Shape(cases.Count), Tensors.DType.F16);
        backend.Upload(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(cases.ToArray()), x);
        backend.Queue.ForEach(new NarrowKernel(GpuBuffer.Floats(x), GpuBuffer.Elements<HalfBits>(y)), cases.Count);
        var found = new Half[cases.Count];
        backend.Download(y, System.Runtime.InteropServices.MemoryMarshal.AsBytes(found.AsSpan()));
        for (int i = 0; i < found.Length; i++)
        {
            var expected = (Half)(float.IsFinite(cases[i]) ? Math.Clamp(cases[i], -65504f, 65504f) : cases[i]);
            bool same = Half.IsNaN(expected) ? Half.IsNaN(found[i]) : BitConverter.HalfToUInt16Bits(expected) == BitConverter.HalfToUInt16Bits(found[i]);
            Assert.True(same, $"{cases[i]:R}: expected {expected}, got {found[i]}");
        }
    }

    // ILGPU issue 1361: wrong on GPUs.
    [Fact]
    public void No_kernel_copies_signs_with_the_library_function() =>
        Assert.All(
            Directory.EnumerateFiles(Path.Combine(Goldens.RepositoryRoot, "src", "PgpSr.Gpu"), "*.cs", SearchOption.AllDirectories),
            path => Assert.DoesNotContain("CopySign(", File.ReadAllText(path), StringComparison.Ordinal));

    static float[] Download(GpuBackend backend, Tensors.Tensor tensor)
    {
        float[] values = new float[tensor.Shape.Count];
        backend.Download(tensor, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    internal readonly struct SwapKernel(ArrayView<float> x) : IGroupKernel
    {
        public void Write(ref KernelArguments to) => to.Add(x);

        public void Run()
        {
            float first = x[0];
            x[0] = x[1];
            x[1] = first;
        }
    }

    internal readonly struct ReadBeforeBarrierKernel(ArrayView<float> y) : IGroupKernel
    {
        public void Write(ref KernelArguments to) => to.Add(y);

        public void Run()
        {
            var shared = SharedMemory.Allocate<float>(16);
            shared[Group.IdxX] = 100f + Group.IdxX;
            Group.Barrier();
            float first = shared[0];
            Group.Barrier();
            shared[Group.IdxX] = 7f;
            Group.Barrier();
            y[Group.IdxX] = first + 0f * shared[(Group.IdxX + 1) & 15];
        }
    }

    internal readonly struct ExpKernel(ArrayView<float> x) : IElementKernel
    {
        public void Write(ref KernelArguments to) => to.Add(x);

        public void Run(int index) => x[index] = KernelMath.Exp(x[index]);
    }

    internal readonly struct NarrowKernel(ArrayView<float> x, ArrayView<HalfBits> y) : IElementKernel
    {
        public void Write(ref KernelArguments to) => to.Add(x).Add(y);

        public void Run(int index) => y.Store(index, x[index]);
    }

    internal readonly struct WidenKernel(ArrayView<float> y) : IElementKernel
    {
        public void Write(ref KernelArguments to) => to.Add(y);

        public void Run(int index) => y[index] = HalfBits.Widen(new HalfBits { Bits = (ushort)index });
    }
}

public sealed class CompilerSimulated() : CompilerTests(GpuFixtures.Simulated);

public sealed class CompilerOpenCl() : CompilerTests(GpuFixtures.OpenCl);

public sealed class CompilerCuda() : CompilerTests(GpuFixtures.CudaIlgpu);
