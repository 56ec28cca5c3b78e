using ILGPU;
using PgpSr.Conformance;
using PgpSr.Testing;

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
        public void Run()
        {
            float first = x[0];
            x[0] = x[1];
            x[1] = first;
        }
    }

    internal readonly struct ReadBeforeBarrierKernel(ArrayView<float> y) : IGroupKernel
    {
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
        public void Run(int index) => x[index] = KernelMath.Exp(x[index]);
    }

    internal readonly struct WidenKernel(ArrayView<float> y) : IElementKernel
    {
        public void Run(int index) => y[index] = default(StoredHalfBits).Widen((ushort)index);
    }
}

public sealed class CompilerSimulated() : CompilerTests(GpuFixtures.Simulated);

public sealed class CompilerOpenCl() : CompilerTests(GpuFixtures.OpenCl);

public sealed class CompilerCuda() : CompilerTests(GpuFixtures.Cuda);
