using System.Text.Json;

namespace PgpSr.Sampling;

/// <summary>
/// A checkpoint's <c>scheduler_config.json</c> in diffusers' spelling: which solver, which training noise, how steps are placed. Settings that would
/// change the result and are not supported are refused by name, never ignored.
/// </summary>
sealed record SchedulerConfig
{
    /// <summary>Which solver.</summary>
    public SolverKind Solver { get; init; } = SolverKind.Euler;

    /// <summary>Training noise.</summary>
    public NoiseSchedule Noise { get; init; } = NoiseSchedule.Sdxl;

    /// <summary>How steps are placed.</summary>
    public TimestepSpacing Spacing { get; init; } = TimestepSpacing.Leading;

    /// <summary>Added to leading timesteps.</summary>
    public int StepsOffset { get; init; } = 1;

    /// <summary>Sigmas after Karras et al. 2022.</summary>
    public bool Karras { get; init; }

    /// <summary>Whether DDIM ends on the signal itself.</summary>
    public bool EndsClean { get; init; }

    /// <summary>What the network predicts.</summary>
    public PredictionType Prediction { get; init; } = PredictionType.Epsilon;

    /// <summary>The schedule of a run.</summary>
    public SamplingSchedule For(int steps) => SamplingSchedule.Create(Solver, steps, Noise, Spacing, StepsOffset, Karras, Prediction, EndsClean);

    /// <summary>Reads a configuration.</summary>
    /// <param name="config">The JSON object.</param>
    /// <param name="source">File name for messages.</param>
    /// <exception cref="SchedulerException">A setting is unknown, unsupported or of the wrong type; the message names it.</exception>
    public static SchedulerConfig Parse(JsonElement config, string source = "scheduler_config.json")
    {
        if (config.ValueKind != JsonValueKind.Object) throw new SchedulerException(source, "expected a JSON object");
        string name = Text("class", null) ?? Text("_class_name", "EulerDiscreteScheduler")!;
        var solver = name switch
        {
            "EulerDiscreteScheduler" => SolverKind.Euler,
            "HeunDiscreteScheduler" => SolverKind.Heun,
            "DDIMScheduler" => SolverKind.Ddim,
            "DPMSolverMultistepScheduler" => SolverKind.DpmSolverPlusPlus2M,
            "UniPCMultistepScheduler" => SolverKind.UniPc,
            _ =>
                throw Refused("_class_name", name,
                "EulerDiscreteScheduler, HeunDiscreteScheduler, DDIMScheduler, DPMSolverMultistepScheduler or UniPCMultistepScheduler"),
        };
        Only("beta_schedule", "scaled_linear", "linear");
        if (config.TryGetProperty("trained_betas", out var betas) && betas.ValueKind != JsonValueKind.Null) throw Refused("trained_betas", "a table", "null");
        switch (solver)
        {
            case SolverKind.Euler:
                Only("interpolation_type", "linear", "linear");
                Only("timestep_type", "discrete", "discrete");
                Only("final_sigmas_type", "zero", "zero");
                break;
            case SolverKind.DpmSolverPlusPlus2M:
                Only("algorithm_type", "dpmsolver++", "dpmsolver++");
                Only("solver_type", "midpoint", "midpoint");
                Only("final_sigmas_type", "zero", "zero");
                if (!Flag("lower_order_final", true)) throw Refused("lower_order_final", "false", "true");
                foreach (string flag in (string[])["use_lu_lambdas", "euler_at_final"]) if (Flag(flag, false)) throw Refused(flag, "true", "false");
                break;
            case SolverKind.UniPc:
                Only("solver_type", "bh2", "bh2");
                Only("final_sigmas_type", "zero", "zero");
                foreach (string flag in (string[])["lower_order_final", "predict_x0"]) if (!Flag(flag, true)) throw Refused(flag, "false", "true");
                if (config.TryGetProperty("disable_corrector", out var corrector) && corrector.ValueKind == JsonValueKind.Array && corrector.GetArrayLength() > 0)
                    throw Refused("disable_corrector", corrector.GetRawText(), "[]");
                break;
        }
        const string alphaToOne = "set_alpha_to_one";
        foreach (string flag in (string[])["use_exponential_sigmas", "use_beta_sigmas", "rescale_betas_zero_snr", "thresholding", alphaToOne,
            "use_flow_sigmas"])
            if (Flag(flag, false) && !(flag == alphaToOne && solver == SolverKind.Ddim)) throw Refused(flag, "true", "false");
        if (solver == SolverKind.Ddim && Flag("clip_sample", true)) throw Refused("clip_sample", "true", "false");
        if (Number("solver_order", 2) != 2 && solver is SolverKind.DpmSolverPlusPlus2M or SolverKind.UniPc)
            throw Refused("solver_order", $"{Number("solver_order", 2)}", "2");

        string spacing = Text("timestep_spacing", solver is SolverKind.Ddim ? "leading" : "linspace")!;
        string prediction = Text("prediction_type", "epsilon")!;
        return new SchedulerConfig
        {
            Solver = solver,
            Noise = NoiseSchedule.ScaledLinear(Number("beta_start", 0.00085), Number("beta_end", 0.012), (int)Number("num_train_timesteps", 1000)),
            Spacing = spacing switch
            {
                "leading" => TimestepSpacing.Leading,
                "trailing" => TimestepSpacing.Trailing,
                "linspace" => TimestepSpacing.Linspace,
                _ => throw Refused("timestep_spacing", spacing, "leading, trailing or linspace"),
            },
            StepsOffset = (int)Number("steps_offset", 0),
            Karras = Flag("use_karras_sigmas", false),
            EndsClean = solver == SolverKind.Ddim && Flag(alphaToOne, true),
            Prediction = prediction switch
            {
                "epsilon" => PredictionType.Epsilon,
                "v_prediction" => PredictionType.Velocity,
                _ => throw Refused("prediction_type", prediction, "epsilon or v_prediction"),
            },
        };

        string? Text(string key, string? absent) => !config.TryGetProperty(key, out var value) || value.ValueKind == JsonValueKind.Null ? absent
            : value.ValueKind == JsonValueKind.String ? value.GetString() : throw Refused(key, value.GetRawText(), "a string");

        double Number(string key, double absent) => !config.TryGetProperty(key, out var value) || value.ValueKind == JsonValueKind.Null ? absent
            : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number) ? number
                : throw Refused(key, value.GetRawText(), "a number");

        bool Flag(string key, bool absent) => !config.TryGetProperty(key, out var value) || value.ValueKind == JsonValueKind.Null ? absent
            : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
                : throw Refused(key, value.GetRawText(), "true or false");

        void Only(string key, string supported, string absent)
        {
            if (Text(key, absent) is var value && value != supported) throw Refused(key, value!, supported);
        }

        SchedulerException Refused(string key, string value, string supported) =>
            new(source, $"{key} is {value}; supported: {supported}");
    }
}

/// <summary>A scheduler's configuration asks for something that is unknown or not supported.</summary>
/// <param name="file">Where it was read.</param>
/// <param name="message">Which setting, what was found, what is supported.</param>
public sealed class SchedulerException(string file, string message) : PgpSrException($"{file}: {message}")
{
    /// <summary>Where it was read.</summary>
    public string File { get; } = file;
}
