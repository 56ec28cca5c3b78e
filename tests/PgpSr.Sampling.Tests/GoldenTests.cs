using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Sampling.Tests;

/// <summary>Every solver against the trajectories of the published schedulers.</summary>
public sealed class GoldenTests
{
    public static IEnumerable<TheoryDataRow<string>> Schedulers() =>
        Goldens.Of(GoldenKinds.Scheduler).Select(path => new TheoryDataRow<string>(path));

    public static IEnumerable<TheoryDataRow<string>> AddNoise() => Goldens.Of(GoldenKinds.AddNoise).Select(path => new TheoryDataRow<string>(path));

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Schedulers))]
    public void A_solver_follows_the_published_trajectory(string path)
    {
        using var golden = GoldenCase.Open(path);
        var schedule = SchedulerConfig.Parse(golden.Config).For(golden.Config.GetProperty("steps").GetInt32());
        using var backend = new ReferenceBackend();
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });

        golden.Check("output.timesteps", [.. schedule.Timesteps.Select(t => (float)t)]);
        if (golden.Has("output.sigmas")) golden.Check("output.sigmas", [.. schedule.Sigmas.Select(s => (float)s)]);
        golden.Check("output.init_noise_sigma", [(float)schedule.InitialNoiseSigma]);

        // The noise is NCHW and elementwise but for the flip of its last axis (width); it is run in that layout as [1, C, H, W] "channels last".
        int[] shape = golden.Shape("input.noise");
        var noise = golden.Upload(ws, "input.noise");
        var trajectory = new List<float>();
        var first = ws.Scale((float)schedule.InitialNoiseSigma, noise);
        trajectory.AddRange(ws.Download(first));
        var last = Sampler.Run(ws, (w, x, t) => Model(w, x, t, shape[^1]), first, schedule, step => trajectory.AddRange(ws.Download(step.Sample)));

        golden.Check("output.trajectory", trajectory.ToArray());
        Assert.Equal(ws.Download(last), trajectory[^(int)last.Shape.Count..]);
        Assert.False(first.IsReturned);
        last.Dispose();
        first.Dispose();
        noise.Dispose();
        Assert.Equal(0, ws.LiveBytes);
    }

    public static IEnumerable<TheoryDataRow<string>> Stochastic() => Goldens.Of(GoldenKinds.DdimEta).Select(path => new TheoryDataRow<string>(path));

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Stochastic))]
    public void DDIM_adds_the_published_noise(string path)
    {
        using var golden = GoldenCase.Open(path);
        int steps = golden.Config.GetProperty("steps").GetInt32();
        var schedule = SchedulerConfig.Parse(golden.Config).For(steps);
        using var backend = new ReferenceBackend();
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        golden.Check("output.timesteps", [.. schedule.Timesteps.Select(t => (float)t)]);
        int[] shape = golden.Shape("input.noise");
        var first = golden.Upload(ws, "input.noise");
        float[] added = golden.Singles("input.step_noise");
        int length = added.Length / steps;
        var trajectory = new List<float>(ws.Download(first));
        var noise = new StepNoise(golden.Config.GetProperty("eta").GetDouble(),
            (on, step) => on.Upload(added.AsSpan(step * length, length), first.Shape));
        Sampler.Run(ws, (w, x, t) => Model(w, x, t, shape[^1]), first, schedule, step => trajectory.AddRange(ws.Download(step.Sample)), noise);
        golden.Check("output.trajectory", trajectory.ToArray());
        var euler = SamplingSchedule.Create(SolverKind.Euler, 2);
        Assert.Throws<ArgumentException>(() => { Sampler.Run(ws, (w, x, t) => w.Copy(x), first, euler, null, noise); });
    }

    [Theory(SkipTestWithoutData = true), MemberData(nameof(AddNoise))]
    public void Noising_equals_the_published_one(string path)
    {
        using var golden = GoldenCase.Open(path);
        var noise = SchedulerConfig.Parse(golden.Config).Noise;
        using var backend = new ReferenceBackend();
        using var ws = new Workspace(backend);
        golden.Check("output.alphas_cumprod", [.. noise.AlphasCumprod.Select(a => (float)a)]);
        var z0 = golden.Upload(ws, "input.z0");
        var n = golden.Upload(ws, "input.noise");
        var noised = new List<float>();
        foreach (var t in golden.Config.GetProperty("timesteps").EnumerateArray())
            noised.AddRange(ws.Download(noise.AddNoise(ws, z0, n, t.GetInt32())));
        golden.Check("output.noised", noised.ToArray());
    }

    // The stand-in network of the golden cases: eps(x, t) = 0.6 tanh(x) cos(t/700) + 0.1 flip(x, last axis).
    static Tensor Model(Workspace ws, Tensor x, float timestep, int width)
    {
        float[] values = ws.Download(x);
        var eps = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            int column = i % width;
            eps[i] = 0.6f * MathF.Tanh(values[i]) * MathF.Cos(timestep / 700) + 0.1f * values[i - column + (width - 1 - column)];
        }
        return ws.Upload(eps, x.Shape);
    }
}
