using System.Runtime.InteropServices;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Cpu.Tests;

/// <summary>What a 2-D transform and the phase exchange satisfy whatever the algorithm (method 2.4), and how the CPU backend runs them.</summary>
public sealed class RealFft2dTests
{
    public static TheoryData<string> KernelSets() => [.. CpuBackend.AvailableKernelSets];

    // Whole groups on each worker, a single shared plane, rows without a partner, partial registers, a batch, primes and chirps.
    public static TheoryData<int, int, int, int> Shapes() => new()
    {
        { 1, 1, 1, 1 }, { 1, 7, 9, 3 }, { 2, 16, 20, 40 }, { 1, 33, 31, 5 }, { 3, 6, 10, 33 }, { 1, 64, 48, 96 }, { 1, 211, 14, 2 }, { 1, 2, 257, 1 },
        { 5, 1, 8, 17 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Results_are_the_same_bytes_for_any_thread_count(int batch, int height, int width, int channels)
    {
        foreach (string kernels in CpuBackend.AvailableKernelSets)
        {
            var shape = new Shape(batch, height, width, channels);
            float[]? expected = null;
            foreach (int threads in new[] { 1, 2, 3 })
            {
                using var trial = new Trial(kernels, threads);
                float[] actual = [.. trial.Forward(Map(1, shape), shape), .. trial.Exchange(Map(1, shape), Map(2, shape), shape).U];
                expected ??= actual;
                Assert.True(expected.AsSpan().SequenceEqual(actual), $"{kernels}, {threads} threads, {shape}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(KernelSets))]
    public void Energy_is_kept(string kernels)
    {
        var shape = new Shape(1, 15, 28, 3);
        using var trial = new Trial(kernels);
        var x = Map(3, shape);
        var spectrum = trial.Forward(x, shape);
        double energy = x.Sum(v => (double)v * v);
        double transformed = 0;
        for (int i = 0; i < spectrum.Length; i++)
        {
            int bin = i / 6 % 15;
            // A half spectrum: every bin but DC and Nyquist stands for two.
            transformed += (bin is 0 or 14 ? 1.0 : 2.0) * spectrum[i] * spectrum[i];
        }
        Assert.Equal(energy, transformed / (15 * 28), energy * Relative(shape));
    }

    [Theory]
    [MemberData(nameof(KernelSets))]
    public void An_impulse_has_a_flat_spectrum_and_its_place_in_the_phase(string kernels)
    {
        const int height = 12, width = 14, row = 5, column = 3;
        var shape = new Shape(1, height, width, 2);
        using var trial = new Trial(kernels);
        var x = new float[shape.Count];
        x[(row * width + column) * 2 + 1] = 2;
        var spectrum = trial.Forward(x, shape);
        for (int h = 0; h < height; h++)
        {
            for (int k = 0; k <= width / 2; k++)
            {
                var (sine, cosine) = Math.SinCos(-2 * Math.PI * ((double)h * row / height + (double)k * column / width));
                var bin = spectrum.AsSpan((h * (width / 2 + 1) + k) * 4, 4);
                Assert.Equal(0, bin[0]);
                Assert.Equal(0, bin[2]);
                Assert.Equal(2 * cosine, bin[1], 2 * Relative(shape));
                Assert.Equal(2 * sine, bin[3], 2 * Relative(shape));
            }
        }
    }

    [Theory]
    [MemberData(nameof(KernelSets))]
    public void Exchanging_a_map_with_itself_returns_it(string kernels)
    {
        var shape = new Shape(1, 20, 27, 18);
        using var trial = new Trial(kernels);
        var u = Map(4, shape);
        var (exchangedU, exchangedV) = trial.Exchange(u, u, shape);
        Near(shape, u, exchangedU);
        Near(shape, u, exchangedV);
    }

    [Theory]
    [MemberData(nameof(KernelSets))]
    public void Exchanging_twice_restores_both_maps(string kernels)
    {
        var shape = new Shape(2, 9, 16, 5);
        using var trial = new Trial(kernels);
        var (u, v) = (Map(5, shape), Map(6, shape));
        var (a, b) = trial.Exchange(u, v, shape);
        var (restoredU, restoredV) = trial.Exchange(a, b, shape);
        Near(shape, u, restoredU);
        Near(shape, v, restoredV);
    }

    [Theory]
    [MemberData(nameof(KernelSets))]
    public void Amplitudes_stay_where_they_are(string kernels)
    {
        var shape = new Shape(1, 11, 18, 4);
        using var trial = new Trial(kernels);
        var (u, v) = (Map(7, shape), Map(8, shape));
        var before = Amplitudes(trial.Forward(u, shape), 4);
        var after = Amplitudes(trial.Forward(trial.Exchange(u, v, shape).U, shape), 4);
        for (int i = 0; i < before.Length; i++) Assert.Equal(before[i], after[i], Math.Sqrt(11 * 18) * Relative(shape));
    }

    [Theory]
    [MemberData(nameof(KernelSets))]
    public void Another_scale_of_v_leaves_u_as_it_is(string kernels)
    {
        var shape = new Shape(1, 13, 10, 6);
        using var trial = new Trial(kernels);
        var (u, v) = (Map(9, shape), Map(10, shape));
        var expected = trial.Exchange(u, v, shape).U;
        foreach (float scale in new[] { 1e-30f, 1e-6f, 0.3f, 1e6f, 1e30f })
            Near(shape, expected, trial.Exchange(u, [.. v.Select(x => x * scale)], shape).U);
    }

    [Theory]
    [MemberData(nameof(KernelSets))]
    public void A_shift_of_v_shifts_u_by_as_much(string kernels)
    {
        const int height = 10, width = 21, channels = 3, down = 4, right = 8;
        var shape = new Shape(1, height, width, channels);
        using var trial = new Trial(kernels);
        var (u, v) = (Map(11, shape), Map(12, shape));
        Near(shape, Shift(trial.Exchange(u, v, shape).U), trial.Exchange(u, Shift(v), shape).U);

        static float[] Shift(float[] x)
        {
            var y = new float[x.Length];
            for (int i = 0; i < x.Length; i++)
            {
                int h = (i / (width * channels) + down) % height;
                int w = (i / channels % width + right) % width;
                y[(h * width + w) * channels + i % channels] = x[i];
            }
            return y;
        }
    }

    [Theory]
    [MemberData(nameof(KernelSets))]
    public void An_impulse_for_v_takes_the_phase_away(string kernels)
    {
        var shape = new Shape(1, 8, 9, 2);
        using var trial = new Trial(kernels);
        var u = Map(13, shape);
        var impulse = new float[shape.Count];
        impulse[0] = impulse[1] = 1;
        var spectrum = trial.Forward(trial.Exchange(u, impulse, shape).U, shape);
        var amplitudes = Amplitudes(trial.Forward(u, shape), 2);
        for (int i = 0; i < amplitudes.Length; i++)
        {
            Assert.Equal(amplitudes[i], spectrum[i / 2 * 4 + i % 2], Math.Sqrt(72) * Relative(shape));
            Assert.Equal(0, spectrum[i / 2 * 4 + 2 + i % 2], Math.Sqrt(72) * Relative(shape));
        }
    }

    // Amplitudes whose squares leave float32 on either side, alone and beside ordinary ones in one register.
    [Theory]
    [MemberData(nameof(KernelSets))]
    public void Phases_are_exchanged_over_the_whole_range_of_floats(string kernels)
    {
        float[] sizes = [1e-43f, 1e-38f, 1e-30f, 1e-20f, 1e-9f, 1, 1e9f, 1e19f, 1e30f, 2e38f];
        using var trial = new Trial(kernels);
        int channels = sizes.Length * sizes.Length;
        var u = new float[2 * channels];
        var v = new float[2 * channels];
        for (int i = 0; i < channels; i++)
        {
            (u[i], u[channels + i]) = (sizes[i % sizes.Length] * 0.6f, sizes[i % sizes.Length] * 0.8f);
            (v[i], v[channels + i]) = (sizes[i / sizes.Length] * -0.3f, sizes[i / sizes.Length] * 0.7f);
        }
        var (exchangedU, exchangedV) = trial.ExchangeBins(u, v, channels);
        for (int i = 0; i < channels; i++)
        {
            double lengthU = double.Hypot(u[i], u[channels + i]);
            double lengthV = double.Hypot(v[i], v[channels + i]);
            Check(lengthU * v[i] / lengthV, exchangedU[i]);
            Check(lengthU * v[channels + i] / lengthV, exchangedU[channels + i]);
            Check(lengthV * u[i] / lengthU, exchangedV[i]);
            Check(lengthV * u[channels + i] / lengthU, exchangedV[channels + i]);
        }

        // Some ten roundings; below the normal numbers half of the smallest subnormal for each.
        static void Check(double expected, float actual)
        {
            double bound = 10 * (Tolerance.UnitRoundoff * Math.Abs(expected) + (double)float.Epsilon / 2);
            Assert.True(Math.Abs(actual - expected) <= bound, $"{actual} for {expected}");
        }
    }

    [Fact]
    public void A_second_run_allocates_nothing()
    {
        var shape = new Shape(1, 30, 34, 40);
        using var trial = new Trial("v256", 1);
        using var x = trial.Backend.CreateTensor(shape);
        using var spectrum = trial.Backend.CreateTensor(new Shape(1, 30, 18, 2, 40));
        using var y = trial.Backend.CreateTensor(shape);
        for (int i = 0; i < 2; i++) Run();
        long scratch = trial.Backend.ScratchBytes;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(scratch, trial.Backend.ScratchBytes);

        void Run()
        {
            trial.Backend.RealFft2d(x, spectrum);
            trial.Backend.InverseRealFft2d(spectrum, y);
            trial.Backend.PhaseExchange(x, y, x, y);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_cancelled_backend_transforms_nothing_more(int threads)
    {
        var shape = new Shape(1, 32, 32, 20);
        using var trial = new Trial("v256", threads);
        using var x = trial.Backend.CreateTensor(shape);
        using var source = new CancellationTokenSource();
        trial.Backend.CancellationToken = source.Token;
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => trial.Backend.PhaseExchange(x, x, x, x));
        trial.Backend.CancellationToken = CancellationToken.None;
        trial.Exchange(Map(1, shape), Map(2, shape), shape);
    }

    static float[] Map(int seed, Shape shape) => new SeededData(seed).Normal(shape.Count);

    static float[] Amplitudes(float[] spectrum, int channels)
    {
        var amplitudes = new float[spectrum.Length / 2];
        for (int i = 0; i < amplitudes.Length; i++)
        {
            int re = i / channels * 2 * channels + i % channels;
            amplitudes[i] = (float)double.Hypot(spectrum[re], spectrum[re + channels]);
        }
        return amplitudes;
    }

    // Error of a transform relative to the root mean square of what comes out (Higham 2002, section 24.1), with a factor for the largest of many.
    static double Relative(Shape shape) => 8 * Tolerance.UnitRoundoff * Math.Log2(2.0 * shape[1] * shape[2]);

    // Through an exchange: a bin's phase is as exact as its amplitude is far from zero; of H W random bins the smallest is about 1/sqrt(H W) of the
    // mean.
    static void Near(Shape shape, float[] expected, float[] actual)
    {
        double bound = 2 * Relative(shape) * Math.Sqrt(shape[1] * shape[2]);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], bound);
    }

    /// <summary>A backend and transforms of arrays on it.</summary>
    sealed class Trial(string kernels, int threads = 2) : IDisposable
    {
        public CpuBackend Backend { get; } = CpuBackend.Create(new CpuBackendOptions { KernelSet = kernels, Threads = threads });

        public float[] Forward(float[] x, Shape shape)
        {
            using var map = Upload(x, shape);
            using var spectrum = Backend.CreateTensor(new Shape(shape[0], shape[1], shape[2] / 2 + 1, 2, shape[3]));
            Backend.RealFft2d(map, spectrum);
            return Download(spectrum);
        }

        public (float[] U, float[] V) Exchange(float[] u, float[] v, Shape shape)
        {
            using var first = Upload(u, shape);
            using var second = Upload(v, shape);
            using var exchangedU = Backend.CreateTensor(shape);
            using var exchangedV = Backend.CreateTensor(shape);
            Backend.PhaseExchange(first, second, exchangedU, exchangedV);
            return (Download(exchangedU), Download(exchangedV));
        }

        public (float[] U, float[] V) ExchangeBins(float[] u, float[] v, int channels)
        {
            var shape = new Shape(1, 1, 1, 2, channels);
            using var first = Upload(u, shape);
            using var second = Upload(v, shape);
            Backend.ExchangePhases(first, second, first, second);
            return (Download(first), Download(second));
        }

        public void Dispose() => Backend.Dispose();

        Tensor Upload(float[] values, Shape shape)
        {
            var tensor = Backend.CreateTensor(shape);
            Backend.Upload(MemoryMarshal.AsBytes(values.AsSpan()), tensor);
            return tensor;
        }

        float[] Download(Tensor tensor)
        {
            var values = new float[tensor.Shape.Count];
            Backend.Download(tensor, MemoryMarshal.AsBytes(values.AsSpan()));
            return values;
        }
    }
}
