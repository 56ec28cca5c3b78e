using System.Text.Json;

namespace PgpSr.Sampling.Tests;

public sealed class SchedulerConfigTests
{
    [Fact]
    public void Sdxl_as_published_is_read()
    {
        var config = Parse("""
            {
              "_class_name":"EulerDiscreteScheduler", "beta_end":0.012, "beta_schedule":"scaled_linear", "beta_start":0.00085,
              "clip_sample":false, "interpolation_type":"linear", "num_train_timesteps":1000, "prediction_type":"epsilon",
              "sample_max_value":1.0, "set_alpha_to_one":false, "skip_prk_steps":true, "steps_offset":1,
              "timestep_spacing":"leading", "trained_betas":null, "use_karras_sigmas":false
            }
            """);
        Assert.Equal(SolverKind.Euler, config.Solver);
        var schedule = config.For(20);
        Assert.Equal(951, schedule.Timesteps[0]);
        Assert.Equal(1, schedule.Timesteps[^1]);
        Assert.Equal(11.073576, schedule.InitialNoiseSigma, 1e-4);
    }

    [Theory]
    [InlineData("""{"_class_name":"EulerAncestralDiscreteScheduler"}""", "_class_name")]
    [InlineData("""{"beta_schedule":"squaredcos_cap_v2"}""", "beta_schedule")]
    [InlineData("""{"beta_schedule":"scaled_linear","prediction_type":"sample"}""", "prediction_type")]
    [InlineData("""{"beta_schedule":"scaled_linear","timestep_spacing":7}""", "timestep_spacing")]
    [InlineData("""{"beta_schedule":"scaled_linear","rescale_betas_zero_snr":true}""", "rescale_betas_zero_snr")]
    [InlineData("""{"beta_schedule":"scaled_linear","beta_start":"x"}""", "beta_start")]
    [InlineData("""{"_class_name":"DPMSolverMultistepScheduler","beta_schedule":"scaled_linear","use_lu_lambdas":true}""", "use_lu_lambdas")]
    [InlineData("""{"_class_name":"DPMSolverMultistepScheduler","beta_schedule":"scaled_linear","solver_type":"heun"}""", "solver_type")]
    [InlineData("""{"_class_name":"DPMSolverMultistepScheduler","beta_schedule":"scaled_linear","lower_order_final":false}""", "lower_order_final")]
    [InlineData("""{"_class_name":"UniPCMultistepScheduler","beta_schedule":"scaled_linear","solver_type":"bh1"}""", "solver_type")]
    [InlineData("""{"_class_name":"UniPCMultistepScheduler","beta_schedule":"scaled_linear","disable_corrector":[0]}""", "disable_corrector")]
    [InlineData("""{"beta_schedule":"scaled_linear","final_sigmas_type":"sigma_min"}""", "final_sigmas_type")]
    [InlineData("""{"beta_schedule":"scaled_linear","interpolation_type":"log_linear"}""", "interpolation_type")]
    [InlineData("""{"beta_schedule":"scaled_linear","trained_betas":[0.1]}""", "trained_betas")]
    [InlineData("""[]""", "object")]
    public void A_setting_that_would_change_the_result_is_refused_by_name(string json, string culprit) =>
        Assert.Contains(culprit, Assert.Throws<SchedulerException>(() => Parse(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_schedule_without_steps_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => SamplingSchedule.Create(SolverKind.Euler, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => SamplingSchedule.Create(SolverKind.Euler, 1001));
        Assert.Throws<ArgumentException>(() => SamplingSchedule.Create(SolverKind.Ddim, 10, karras: true));
    }

    static SchedulerConfig Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return SchedulerConfig.Parse(document.RootElement);
    }
}
