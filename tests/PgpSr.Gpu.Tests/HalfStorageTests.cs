using PgpSr.Conformance;
using PgpSr.Models;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Gpu.Tests;

/// <summary>What a backend with binary16 activations promises beside each operation's result: where types change, and memory.</summary>
public abstract class HalfStorageTests(BackendFixture fixture)
{
    [Theory]
    [InlineData(DType.F32, DType.F16)]
    [InlineData(DType.F16, DType.F32)]
    [InlineData(DType.F16, DType.F16)]
    public void Products_change_the_type(DType from, DType to)
    {
        using var backend = fixture.Create();
        using var reference = new ReferenceBackend();
        foreach (int channels in (int[])[7, 8])
        {
            float[] x = [.. new SeededData(1).Uniform(2 * 5 * 6 * channels).Select(v => (float)(Half)v)];
            float[] Product(Backend on, bool convolution, DType source, DType result)
            {
                using var ws = new Workspace(on);
                var map = ws.Upload(x, new Shape(2, 5, 6, channels));
                // A product with the identity is how a test's values become binary16.
                using var identity = Identity(on, channels);
                if (source == DType.F16) map = ws.Linear(map, identity, type: source);
                using var conv = TestWeights.PackConv2d(on, 5, "conv", channels, 11, Conv2dGeometry.Square(3, 1, 1));
                using var linear = TestWeights.PackLinear(on, 5, "linear", channels, 11);
                var term = ws.Upload(new SeededData(2).Uniform(2 * 11), new Shape(2, 11));
                var epilogue = new Epilogue(Activation.Silu, PerChannel: term);
                var y = convolution ? ws.Conv2d(map, conv, epilogue, result) : ws.Linear(map, linear, epilogue, result);
                Assert.Equal(result, y.Type);
                return ws.Download(y);
            }

            foreach (bool convolution in (bool[])[true, false])
            {
                int terms = channels * (convolution ? 9 : 1);
                var exact = Tolerance.Sum(terms, Math.Max(1, Math.Sqrt(3.0 / terms) * 2));
                double roundoff = to == DType.F16 ? 1.0 / (1 << 11) : 0;
                new Tolerance(exact.Absolute + 1.0 / (1 << 25), exact.Relative + roundoff).Assert(
                    fixture.Name, Product(reference, convolution, DType.F32, DType.F32), Product(backend, convolution, from, to));
            }
        }
    }

    [Fact]
    public void Operands_of_two_types_are_refused_by_name()
    {
        using var backend = fixture.Create();
        using var ws = new Workspace(backend);
        var single = ws.Rent(new Shape(1, 2, 2, 8));
        var half = ws.Rent(new Shape(1, 2, 2, 8), DType.F16);
        Assert.Contains("F16", Assert.Throws<ArgumentException>(() => ws.Add(single, half)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ws.GroupNorm(half, half, half, 2, 1e-5f));
        Assert.Throws<ArgumentException>(() => backend.Add(single, half, half));
    }

    [Fact]
    public void A_run_takes_half_the_memory()
    {
        var config = new UnetConfig
        {
            Down = [new(32, 1, [-1], true), new(64, 2, [1], false)],
            Middle = new(64, 2, 1),
            Up = [new(64, 2, [1, 1], true), new(32, 1, [-1, -1], false)],
            ContextChannels = 12,
            NormGroups = 8,
        };
        using var halves = fixture.Create();
        using var singles = GpuBackend.Create(new GpuBackendOptions { Device = ((GpuBackend)halves).Device.Id });
        long Bytes(Backend on)
        {
            using var outline = new RehearsalBackend(on);
            using var source = new GeneratedSource(1, Unet.Declare(config));
            using var unet = Unet.Load(source, outline, config);
            return Workspace.Plan(outline, ws =>
            {
                using var scope = ws.Scope();
                var text = ws.Rent(new Shape(1, 5, 12));
                unet.Forward(ws, ws.Rent(new Shape(1, 64, 64, 4)), 500, new UnetCondition(text, null, []));
            }).ArenaBytes;
        }

        long half = Bytes(halves), whole = Bytes(singles);
        TestContext.Current.TestOutputHelper?.WriteLine($"{half:N0} of {whole:N0} bytes");
        // Latents in and out (4 channels of float32 against maps of 32 to 96) and vectors stay as they are.
        Assert.InRange((double)half / whole, 0.5, 0.55);
    }

    [Fact]
    public void A_tile_of_the_shipped_model_takes_half_the_memory()
    {
        const int Side = 256;
        string path = Path.Combine(Goldens.RepositoryRoot, "src", "PgpSr.Managed", "Models", "pgp-s1-x4.safetensors");
        using var halves = fixture.Create();
        using var singles = GpuBackend.Create(new GpuBackendOptions { Device = ((GpuBackend)halves).Device.Id });
        long Bytes(Backend on)
        {
            using var outline = new RehearsalBackend(on);
            using var model = PgpModel.Open(path, outline);
            return Workspace.Plan(outline, ws =>
            {
                using var scope = ws.Scope();
                var small = ws.Rent(new Shape(1, Side, Side, model.Config.DegradedChannels));
                var guide = model.Guide(ws, small);
                model.Forward(ws, small, guide, model.Config.Timestep);
            }).ArenaBytes;
        }

        long half = Bytes(halves), whole = Bytes(singles);
        TestContext.Current.TestOutputHelper?.WriteLine($"{half:N0} of {whole:N0} bytes");
        // The picture that goes in and the latent that comes out are float32.
        Assert.InRange((double)half / whole, 0.5, 0.6);
    }

    static PackedLinear Identity(Backend backend, int channels)
    {
        float[] values = new float[channels * channels];
        for (int i = 0; i < channels; i++) values[i * channels + i] = 1;
        return backend.PackLinear(new HostTensor("identity", DType.F32, new Shape(channels, channels), TestWeights.Encode(values, DType.F32)), default);
    }
}

public sealed class HalfStorageSimulated() : HalfStorageTests(GpuFixtures.SimulatedHalf);

public sealed class HalfStorageOpenCl() : HalfStorageTests(GpuFixtures.OpenClCompiledHalf);

public sealed class HalfStorageCuda() : HalfStorageTests(GpuFixtures.CudaHalf);
