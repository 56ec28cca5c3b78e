using PgpSr.Models;
using PgpSr.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace PgpSr.Training;

/// <summary>Training and sampling of multi-step models: the latent is the restored picture in patches, or what it has over the enlarged one; the noise schedule is SDXL's.</summary>
/// <param name="parameters">Keys and shapes.</param>
/// <param name="config">A model that predicts noise or velocity.</param>
sealed class Diffusion(TorchParameters parameters, PgpConfig config)
{
    readonly NoiseSchedule _schedule = NoiseSchedule.Sdxl;

    /// <summary>Mean squared error of the prediction, at timesteps spread evenly over the batch.</summary>
    /// <param name="flat">Weights.</param>
    /// <param name="degraded">[N, 3, h, w].</param>
    /// <param name="enlarged">[N, 3, scale h, scale w].</param>
    /// <param name="truth">[N, 3, scale h, scale w].</param>
    /// <param name="seed">Of noise and timesteps: the step's.</param>
    /// <param name="type">What the network computes in.</param>
    public Tensor Loss(Tensor flat, Tensor degraded, Tensor enlarged, Tensor truth, long seed, ScalarType type)
    {
        using var generator = new Generator((ulong)seed);
        Tensor signal = nn.functional.pixel_unshuffle(Residual ? truth.Minus(enlarged) : truth, config.PatchFactor);
        if (Residual)
        {
            using Scalar unit = 1 / config.ResidualDeviation;
            signal = signal.mul(unit);
        }
        Tensor noise = randn(signal.shape, generator: generator);
        int count = (int)signal.shape[0];
        double offset = rand([1], generator: generator).ToDouble();
        var times = new float[count];
        var (signals, noises) = (new float[count], new float[count]);
        for (int i = 0; i < count; i++)
        {
            int t = (int)((i + offset) / count * _schedule.Count);
            var (a, b) = _schedule.Parts(t);
            (times[i], signals[i], noises[i]) = (t, (float)a, (float)b);
        }
        Tensor s = tensor(signals, [count, 1, 1, 1]), n = tensor(noises, [count, 1, 1, 1]);
        Tensor z = signal.mul(s).Plus(noise.mul(n));
        Tensor target = config.Prediction == PgpPrediction.Epsilon ? noise : noise.mul(s).Minus(signal.mul(n));
        return Predict(flat, z, degraded, times, type).Minus(target).Squared().mean();
    }

    /// <summary>A restored picture by the deterministic sampler (Song et al. 2021) with trailing steps, from noise.</summary>
    public Tensor Sample(Tensor flat, Tensor degraded, Tensor enlarged, long seed)
    {
        using var generator = new Generator((ulong)seed);
        long height = degraded.shape[2] / config.DegradedPatch, width = degraded.shape[3] / config.DegradedPatch;
        float[] noise = randn([degraded.shape[0], height, width, config.LatentChannels], generator: generator).data<float>().ToArray();
        StartingNoise.Shape(config, noise);
        Tensor z = tensor(noise, [degraded.shape[0], height, width, config.LatentChannels]).permute(0, 3, 1, 2);
        int[] times = [.. Enumerable.Range(0, config.Steps).Select(k => (int)Math.Round(_schedule.Count - (double)k * _schedule.Count / config.Steps) - 1)];
        for (int k = 0; k < times.Length; k++)
        {
            using var scope = NewDisposeScope();
            var (a, b) = _schedule.Parts(times[k]);
            Tensor prediction = Predict(flat, z, degraded, [times[k]], ScalarType.Float32);
            bool epsilon = config.Prediction == PgpPrediction.Epsilon;
            Tensor signal = epsilon ? Combine(z, prediction, (1 / a, -b / a)) : Combine(z, prediction, (a, -b));
            Tensor left = epsilon ? prediction : Combine(z, prediction, (b, a));
            z = (k + 1 < times.Length ? Combine(signal, left, _schedule.Parts(times[k + 1])) : signal).MoveToOuterDisposeScope();
        }
        Tensor picture = nn.functional.pixel_shuffle(z, config.PatchFactor);
        using Scalar deviation = config.ResidualDeviation;
        return Residual ? enlarged.add(picture, deviation) : picture;
    }

    bool Residual => config.ResidualDeviation > 0;

    Tensor Predict(Tensor flat, Tensor z, Tensor degraded, float[] times, ScalarType type)
    {
        Tensor patches = config.DegradedPatch > 1 ? nn.functional.pixel_unshuffle(degraded, config.DegradedPatch) : degraded;
        Tensor input = config.Input == PgpInput.LatentAndDegraded ? cat([z, patches], 1) : z;
        return new TorchPgpModel(config, parameters.See(flat, type), fast: true).Forward(Restoration.ChannelsLast(input), Restoration.ChannelsLast(patches), times).to(ScalarType.Float32);
    }

    static Tensor Combine(Tensor x, Tensor y, (double X, double Y) factors)
    {
        using Scalar first = factors.X, second = factors.Y;
        return x.mul(first).add(y, second);
    }
}
