using PgpSr.Cpu;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Aot.Smoke;

/// <summary>One check for each kind of kernel, against the scalar reference.</summary>
static class OperationChecks
{
    public static void Run(Checks checks, string kernels)
    {
        Compare("conv 3x3", Tolerance.Sum(40 * 9, Math.Sqrt(3.0 / 360), 8), ws => Convolution(ws, 3, DType.F32));
        Compare("conv 3x3, F16", Tolerance.Sum(40 * 9, Math.Sqrt(3.0 / 360), 8), ws => Convolution(ws, 3, DType.F16));
        Compare("conv 1x1, BF16", Tolerance.Sum(40, 1), ws => Convolution(ws, 1, DType.BF16));
        Compare("linear", Tolerance.Sum(70, 1), ws => Linear(ws, LinearForm.Plain));
        Compare("geglu", Tolerance.Sum(70, 2), ws => Linear(ws, LinearForm.Geglu));
        Compare("attention", Tolerance.Sum(200, 1), ws =>
        {
            var x = Values(ws, 1, new Shape(1, 90, 80));
            return ws.Attention(x, x, x, 2);
        });
        Compare("group norm and SiLU", Tolerance.Sum(13 * 11 * 5, 1, 4), ws =>
            ws.GroupNorm(Values(ws, 1, new Shape(2, 13, 11, 40)), Values(ws, 2, new Shape(40)), Values(ws, 3, new Shape(40)), 8, 1e-5f,
                Activation.Silu));
        Compare("layer norm", Tolerance.Sum(77, 1, 4), ws =>
            ws.LayerNorm(Values(ws, 1, new Shape(9, 77)), Values(ws, 2, new Shape(77)), Values(ws, 3, new Shape(77)), 1e-5f));
        foreach (var activation in new[] { Activation.Silu, Activation.Gelu, Activation.QuickGelu, Activation.Relu, Activation.LeakyRelu })
            Compare($"{activation}", new Tolerance(8 * Tolerance.UnitRoundoff, 16 * Tolerance.UnitRoundoff), ws =>
                ws.Activate(Values(ws, 1, new Shape(1001)), activation));
        Compare("nearest resize", Tolerance.Exact, ws => ws.ResizeNearest(Values(ws, 1, new Shape(1, 7, 5, 19)), 13, 11));
        Compare("channel concatenation", Tolerance.Exact, ws => ws.ConcatChannels(Values(ws, 1, new Shape(9, 17)), Values(ws, 2, new Shape(9, 5))));
        Compare("phase exchange", new Tolerance(1e-4), ws =>
            ws.PhaseExchange(Values(ws, 1, new Shape(1, 15, 22, 9)), Values(ws, 2, new Shape(1, 15, 22, 9))).U);

        void Compare(string name, Tolerance tolerance, Func<Workspace, Tensor> run) => checks.Run($"{kernels} {name}", () =>
        {
            using var cpu = CpuBackend.Create(new CpuBackendOptions { KernelSet = kernels, Threads = 2 });
            using var reference = new ReferenceBackend();
            return $"{tolerance.Assert(name, Output(reference, run), Output(cpu, run)).LargestAbsolute:G2}";
        });
    }

    static Tensor Convolution(Workspace ws, int kernel, DType type)
    {
        using var weight = TestWeights.PackConv2d(ws.Backend, 1, "conv", 40, 50, Conv2dGeometry.Square(kernel, 1, kernel / 2), type);
        return ws.Conv2d(Values(ws, 1, new Shape(1, 12, 13, 40)), weight, new Epilogue(Activation.Silu));
    }

    static Tensor Linear(Workspace ws, LinearForm form)
    {
        using var weight = TestWeights.PackLinear(ws.Backend, 1, "linear", 70, 130, DType.F16, form: form);
        return ws.Linear(Values(ws, 1, new Shape(29, 70)), weight);
    }

    static Tensor Values(Workspace ws, int seed, Shape shape) => ws.Upload(new SeededData(seed).Uniform(shape.Count), shape);

    static float[] Output(Backend backend, Func<Workspace, Tensor> run)
    {
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        return ws.Download(run(ws));
    }
}
