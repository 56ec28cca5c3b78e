using PgpSr.Cpu;
using PgpSr.Safetensors;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Models.Tests;

public sealed class PgpModelTests
{
    [Fact]
    public void Adapters_whose_last_convolutions_are_zero_change_nothing()
    {
        var config = PgpConfigTests.Small;
        var plain = config with { Phase = PhasePlacement.None };
        float[] with = Run(config, zeroAdapters: true), without = Run(plain, zeroAdapters: true), trained = Run(config, zeroAdapters: false);
        Assert.Equal(without, with);
        Assert.NotEqual(without, trained);
    }

    [Fact]
    public void A_model_without_a_guide_refuses_one_and_a_model_with_one_needs_it()
    {
        using var backend = CpuBackend.Create();
        using var ws = new Workspace(backend);
        using var model = Load(PgpConfigTests.Small, backend, false);
        var z = ws.Upload(new float[8 * 8 * 3], new Shape(1, 8, 8, 3));
        Assert.Throws<ArgumentException>(() => model.Forward(ws, z, null, 999));
    }

    [Fact]
    public void Declared_tensors_are_what_is_loaded_and_counted()
    {
        using var backend = CpuBackend.Create();
        using var model = Load(PgpConfigTests.Small, backend, false);
        Assert.Equal(PgpModel.Declare(PgpConfigTests.Small).Sum(t => t.Shape.Count), model.ParameterCount);
    }

    [Fact]
    public void The_prediction_is_the_one_that_libtorch_made_of_the_same_weights()
    {
        string path = Path.Combine(Goldens.RepositoryRoot, "tests", "PgpSr.Models.Tests", "cases", "pgp_libtorch.safetensors");
        using var checkpoint = SafetensorsCheckpoint.Open(path);
        var config = PgpConfigJson.Read(checkpoint.Files[0].Metadata, path);
        using var backend = CpuBackend.Create();
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        using var source = RenamedSource.Under(SafetensorsSource.Open(path), "model.");
        using var model = PgpModel.Load(source, backend, config);
        Tensor Map(string name)
        {
            var axes = checkpoint[name].Shape;
            return ws.Upload(checkpoint.ReadSingles(name), new Shape((int)axes[0], (int)axes[1], (int)axes[2], (int)axes[3]));
        }
        float[] expected = checkpoint.ReadSingles("case.prediction");
        float[] actual = ws.Download(model.Forward(ws, Map("case.z"), model.Guide(ws, Map("case.degraded")), config.Timestep));
        Assert.Equal(expected.Length, actual.Length);
        // The requirement is 1e-4; two float32 implementations of so small a network differ by some 1e-6 of the largest number.
        float largest = expected.Max(Math.Abs);
        Assert.InRange(expected.Zip(actual).Max(p => Math.Abs(p.First - p.Second)), 0, 1e-4f * largest);
    }

    static float[] Run(PgpConfig config, bool zeroAdapters)
    {
        using var backend = CpuBackend.Create();
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        using var model = Load(config, backend, zeroAdapters);
        var random = new Random(7);
        float[] picture = [.. Enumerable.Range(0, 10 * 8 * 3).Select(_ => 2 * random.NextSingle() - 1)];
        var z = ws.Upload(picture, new Shape(1, 10, 8, 3));
        return ws.Download(model.Forward(ws, z, model.Guide(ws, z), config.Timestep));
    }

    static PgpModel Load(PgpConfig config, Backend backend, bool zeroAdapters)
    {
        using var source = new ZeroedSource(new GeneratedSource(3, PgpModel.Declare(config)), zeroAdapters ? "phase_adapter.conv_2." : "none");
        return PgpModel.Load(source, backend, config);
    }

    // Generated weights, with zeros for the keys that begin so.
    sealed class ZeroedSource(WeightSource source, string prefix) : WeightSource
    {
        public override string Name => source.Name;

        public override IEnumerable<string> Keys => source.Keys;

        public override bool TryDescribe(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out WeightDescription? description) =>
            source.TryDescribe(key, out description);

        public override HostTensor Read(string key)
        {
            var tensor = source.Read(key);
            return key.StartsWith(prefix, StringComparison.Ordinal) ? new HostTensor(key, tensor.Type, tensor.Shape, new byte[tensor.Bytes.Length])
                : tensor;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) source.Dispose();
        }
    }
}
