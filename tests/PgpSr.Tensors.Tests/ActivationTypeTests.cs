using PgpSr.Testing;

namespace PgpSr.Tensors.Tests;

/// <summary>Activations of a backend that stores them as binary16.</summary>
public sealed class ActivationTypeTests
{
    static readonly Shape s_map = new(2, 8, 8, 16);

    [Fact]
    public void Results_have_their_sources_type_and_a_plan_counts_its_bytes()
    {
        using var backend = new HalfBackend();
        var whole = Workspace.Plan(backend, ws => Run(ws, ws.Rent(s_map)));
        var half = Workspace.Plan(backend, ws => Run(ws, ws.Rent(s_map, DType.F16)));
        Assert.Equal(whole.ArenaBytes, 2 * half.ArenaBytes);

        static void Run(Workspace ws, Tensor x)
        {
            var wide = ws.ConcatChannels(x, x);
            Tensor[] results =
            [
                wide, ws.Silu(x), ws.Add(x, x), ws.Scale(2, x), ws.Combine(1, x, 1, x), ws.SliceChannels(wide, 0, 8),
                    ws.ResizeNearest(x, 16, 16),
                ws.SpaceToDepth(x, 2), ws.DepthToSpace(x, 2), ws.Copy(x), ws.Repeat(x, 2), ws.Attention(x, x, x, 2),
            ];
            Assert.All(results, y => Assert.Equal(x.Type, y.Type));
        }
    }

    [Fact]
    public void Spectra_and_what_comes_from_the_host_are_float32()
    {
        using var backend = new HalfBackend();
        Workspace.Plan(backend, ws =>
        {
            Assert.Equal(DType.F32, ws.RealFft2d(ws.Rent(s_map, DType.F16)).Type);
            Assert.Equal(DType.F32, ws.Upload(new float[4], new Shape(4)).Type);
            Assert.Equal(DType.F32, ws.TimestepEmbedding([1], 8).Type);
        });
    }

    [Fact]
    public void Products_alone_change_the_type()
    {
        using var backend = new HalfBackend();
        using var outline = new RehearsalBackend(backend);
        using var weight = TestWeights.PackLinear(outline, 1, "linear", 16, 4);
        Workspace.Plan(outline, ws =>
        {
            var x = ws.Rent(s_map);
            var half = ws.Linear(x, weight, type: DType.F16);
            Assert.Equal(DType.F16, half.Type);
            var residual = new Epilogue(Residual: half);
            Assert.Equal(DType.F16, ws.Linear(x, weight, residual, DType.F16).Type);
            Assert.Throws<ArgumentException>(() => ws.Linear(x, weight, residual));
            Assert.Throws<ArgumentException>(() => ws.Add(half, ws.Rent(half.Shape)));
        });
    }

    [Fact]
    public void A_download_widens()
    {
        using var backend = new HalfBackend();
        using var ws = new Workspace(backend);
        var x = ws.Rent(new Shape(3), DType.F16);
        backend.Upload(TestWeights.Encode([1, -2.5f, 65504], DType.F16), x);
        Assert.Equal([1, -2.5f, 65504], ws.Download(x));
        Assert.Throws<ArgumentException>(() => ws.Download(x, new float[2]));
    }

    [Fact]
    public void A_backend_of_float32_alone_refuses_other_activations()
    {
        using var backend = new ReferenceBackend();
        using var ws = new Workspace(backend);
        var x = ws.Rent(new Shape(3), DType.F16);
        Assert.Contains("F32", Assert.Throws<ArgumentException>(() => ws.Silu(x)).Message, StringComparison.Ordinal);
    }

    sealed class HalfBackend : ReferenceBackend
    {
        public override DType ActivationType => DType.F16;
    }
}
