using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Sampling.Tests;

/// <summary>Closed forms: data that is one point, and data that is normal, whose probability-flow ODE has an exact solution.</summary>
public sealed class SolverTests
{
    public static TheoryData<string> Solvers => [.. Enum.GetNames<SolverKind>()];

    [Theory, MemberData(nameof(Solvers))]
    public void When_all_data_is_one_point_any_number_of_steps_ends_there(string solverName)
    {
        var solver = Enum.Parse<SolverKind>(solverName);
        foreach (int steps in (int[])[1, 2, 3, 7])
        {
            var schedule = SamplingSchedule.Create(solver, steps, spacing: TimestepSpacing.Trailing);
            float[] result = Run(schedule, start: 0.4, point: 0.25, spread: 0);
            // DDIM ends at the first training timestep, where a trace of noise remains: sqrt(1 - abar_0) = 0.029.
            Assert.All(result, x => Assert.Equal(0.25, x, solver == SolverKind.Ddim ? 0.05 : 1e-4));
        }
    }

    [Theory]
    [InlineData(nameof(SolverKind.Euler), 1.0)]
    [InlineData(nameof(SolverKind.Heun), 2.0)]
    [InlineData(nameof(SolverKind.DpmSolverPlusPlus2M), 2.0)]
    [InlineData(nameof(SolverKind.UniPc), 2.0)]
    public void The_error_falls_with_the_order_that_the_solver_claims(string solverName, double order)
    {
        var solver = Enum.Parse<SolverKind>(solverName);
        // Karras sigmas refine every part of the way alike, so doubling the steps divides the error by about 2^order.
        double coarse = Error(24), fine = Error(48);
        double seen = Math.Log2(coarse / fine);
        Assert.True(seen > order - 0.35, $"{solver}: order {seen:F2} seen, {order} claimed; errors {coarse:E2} and {fine:E2}");

        double Error(int steps)
        {
            var schedule = SamplingSchedule.Create(solver, steps, karras: true);
            const double start = 0.7, point = 0.1, spread = 0.5;
            // Looked at before the last step, whose end at sigma 0 every solver reaches by first order. Exact: x(sigma) = point + c sqrt(spread^2 +
            // sigma^2).
            double first = schedule.Sigmas[0], last = schedule.Sigmas[^2], seen = double.NaN;
            Run(schedule, start, point, spread, (step, ws) =>
            {
                if (step.Index == step.Count - 2) seen = ws.Download(step.Sample)[0];
            });
            double exploded = Preserving(schedule) ? start * Math.Sqrt(first * first + 1) : start * schedule.InitialNoiseSigma;
            double exact = point + (exploded - point) * Math.Sqrt((spread * spread + last * last) / (spread * spread + first * first));
            return Math.Abs((Preserving(schedule) ? seen * Math.Sqrt(last * last + 1) : seen) - exact);
        }
    }

    [Theory, MemberData(nameof(Solvers))]
    public void Velocity_and_noise_prediction_of_the_same_model_agree(string solverName)
    {
        var solver = Enum.Parse<SolverKind>(solverName);
        float[] epsilon = Run(SamplingSchedule.Create(solver, 6), 0.5, 0.2, 0.4);
        float[] velocity = Run(SamplingSchedule.Create(solver, 6, prediction: PredictionType.Velocity), 0.5, 0.2, 0.4);
        for (int i = 0; i < epsilon.Length; i++) Assert.Equal(epsilon[i], velocity[i], 2e-4);
    }

    [Fact]
    public void One_step_inverts_the_noising_it_assumes()
    {
        using var backend = new ReferenceBackend();
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        var shape = new Shape(1, 3, 4, 2);
        var clean = ws.Upload(new SeededData(1).Normal(24), shape);
        var noise = ws.Upload(new SeededData(2).Normal(24), shape);
        // A perfect network knows the noise: the noised start comes back exactly.
        var restored = OneStep.FromNoised.Run(ws, (_, _, t) => { Assert.Equal(100, t); return noise; }, clean, noise);
        Equal(ws.Download(clean), ws.Download(restored), 1e-5);
        // And from the degraded latent itself: (z - sqrt(1-abar) eps)/sqrt(abar).
        var direct = OneStep.FromDegraded.Run(ws, (_, z, t) => { Assert.Equal(999, t); return noise; }, clean, null);
        var expected = ws.Combine((float)(1 / 0.0682649), clean, (float)(-0.9976672 / 0.0682649), noise);
        Equal(ws.Download(expected), ws.Download(direct), 1e-4);
        Assert.Throws<ArgumentNullException>(() => OneStep.FromNoised.Run(ws, (_, z, _) => z, clean, null));
    }

    [Fact]
    public void Guidance_moves_from_the_unconditional_row_through_the_conditional_one()
    {
        using var backend = new ReferenceBackend();
        using var ws = new Workspace(backend);
        var rows = ws.Upload([1, 2, 3, 5], new Shape(2, 1, 1, 2));
        Assert.Equal([1 + 5 * 2, 2 + 5 * 3], ws.Download(Guidance.Apply(ws, rows, 5)));
        Assert.Throws<ArgumentException>(() => Guidance.Apply(ws, ws.Upload([1, 2, 3], new Shape(3, 1, 1, 1)), 5));
    }

    [Theory, MemberData(nameof(Solvers))]
    public void A_second_run_takes_no_memory_and_leaves_none_rented(string solverName)
    {
        var solver = Enum.Parse<SolverKind>(solverName);
        using var backend = new ReferenceBackend();
        using var ws = new Workspace(backend);
        var schedule = SamplingSchedule.Create(solver, 5);
        var x = ws.Upload(new SeededData(3).Normal(48), new Shape(1, 4, 4, 3));
        long live = ws.LiveBytes;
        int segments = 0;
        for (int run = 0; run < 3; run++)
        {
            using (Sampler.Run(ws, (w, s, _) => w.Scale(0.3f, s), x, schedule)) { }
            Assert.Equal(live, ws.LiveBytes);
            if (run == 0) segments = ws.AllocationCount;
            Assert.Equal(segments, ws.AllocationCount);
        }
    }

    static bool Preserving(SamplingSchedule schedule) => schedule.Solver is not (SolverKind.Euler or SolverKind.Heun);

    // Data ~ N(point, spread^2): the ideal denoiser is x0 = point + spread^2/(spread^2 + sigma^2) (x - point) in the exploding scaling.
    static float[] Run(SamplingSchedule schedule, double start, double point, double spread, Action<SamplerStep, Workspace>? observe = null)
    {
        using var backend = new ReferenceBackend();
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        var x = ws.Upload([.. Enumerable.Repeat((float)(start * schedule.InitialNoiseSigma), 4)], new Shape(1, 2, 2, 1));
        Tensor Predict(Workspace w, Tensor sample, float timestep)
        {
            double sigma = schedule.Sigmas[schedule.Timesteps.Select(t => (float)t).ToList().IndexOf(timestep)];
            double alpha = 1 / Math.Sqrt(sigma * sigma + 1), s = sigma * alpha;
            float[] values = w.Download(sample);
            for (int i = 0; i < values.Length; i++)
            {
                double exploding = values[i] / alpha, clean = point + spread * spread / (spread * spread + sigma * sigma) * (exploding - point);
                double eps = (values[i] - alpha * clean) / s;
                values[i] = (float)(schedule.Prediction == PredictionType.Epsilon ? eps : alpha * eps - s * clean);
            }
            return w.Upload(values, sample.Shape);
        }
        return ws.Download(Sampler.Run(ws, Predict, x, schedule, step => observe?.Invoke(step, ws)));
    }

    static void Equal(float[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])), $"[{i}] {expected[i]} {actual[i]}");
    }
}
