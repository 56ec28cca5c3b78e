using PgpSr.Models;
using PgpSr.Sampling;
using PgpSr.Tensors;

namespace PgpSr.Pruning;

/// <summary>A loaded model as measuring sees it: something that turns a picture into a final latent, while probes look on.</summary>
abstract class Subject : IDisposable
{
    /// <summary>Evaluations of the network for one picture, with their timesteps.</summary>
    public abstract IReadOnlyList<double> Timesteps { get; }

    /// <summary>What the report says of the run.</summary>
    public abstract RunDescription Describe { get; }

    /// <summary>What is the same in all runs over a picture; disposed by the caller, on the workspace of the runs.</summary>
    public abstract IPreparedPicture Prepare(Workspace ws, CalibrationPicture picture);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);

    /// <summary>Starting noise [1, height, width, channels] of a seed.</summary>
    protected static Tensor Noise(Workspace ws, ulong seed, int height, int width, int channels, Action<float[]>? shape = null)
    {
        var values = new float[checked(height * width * channels)];
        new NoiseSource(seed).Fill(0, 0, 0, height, width, channels, values);
        shape?.Invoke(values);
        return ws.Upload(values, new Shape(1, height, width, channels));
    }

    protected static Tensor Upload(Workspace ws, PictureValues picture)
    {
        const int channels = 3;
        return ws.Upload(picture.Values, new Shape(1, picture.Height, picture.Width, channels));
    }
}

/// <summary>How a model is run, in the words of a report.</summary>
/// <param name="Solver">As diffusers' users call it, or <c>one_step</c>.</param>
/// <param name="Steps">Evaluations a row.</param>
/// <param name="Prompt">Where the text comes from.</param>
/// <param name="Start">What it begins with.</param>
/// <param name="Guidance">Weight of classifier-free guidance; 1 for none.</param>
readonly record struct RunDescription(string Solver, int Steps, string Prompt, string Start, double Guidance);

/// <summary>A picture that a model is ready to restore.</summary>
interface IPreparedPicture : IDisposable
{
    /// <summary>Runs the sampler; the result is rented from the workspace's innermost scope.</summary>
    /// <param name="ws">Workspace.</param>
    /// <param name="probe">Looks at features, or null.</param>
    /// <param name="evaluated">Called before each evaluation of the network.</param>
    Tensor Sample(Workspace ws, FeatureProbe? probe, Action evaluated);
}
