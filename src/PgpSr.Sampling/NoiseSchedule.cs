using System.Collections.Immutable;
using PgpSr.Tensors;

namespace PgpSr.Sampling;

/// <summary>
/// The training noise of a diffusion model: the cumulative products of (1 - beta) over its timesteps (Ho et al. 2020). In the
/// variance-exploding view that solvers of the Karras family take, sigma(t) = sqrt((1 - abar) / abar).
/// </summary>
sealed class NoiseSchedule
{
    readonly double[] _sigmas;

    NoiseSchedule(double[] alphasCumprod)
    {
        AlphasCumprod = ImmutableArray.Create(alphasCumprod);
        _sigmas = [.. alphasCumprod.Select(a => Math.Sqrt((1 - a) / a))];
    }

    /// <summary>SDXL's schedule: scaled linear betas from 0.00085 to 0.012 over 1000 timesteps.</summary>
    public static NoiseSchedule Sdxl { get; } = ScaledLinear(0.00085, 0.012, 1000);

    /// <summary>abar of each timestep, falling.</summary>
    public ImmutableArray<double> AlphasCumprod { get; }

    /// <summary>Number of training timesteps.</summary>
    public int Count => _sigmas.Length;

    /// <summary>
    /// Betas whose square roots are evenly spaced (latent diffusion's <c>scaled_linear</c>), in float32 as the published schedulers compute them.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Betas outside 0..1, or fewer than two timesteps.</exception>
    public static NoiseSchedule ScaledLinear(double betaStart, double betaEnd, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2);
        if (!(betaStart > 0 && betaStart < 1)) throw new ArgumentOutOfRangeException(nameof(betaStart), betaStart, "a beta lies between 0 and 1");
        if (!(betaEnd > 0 && betaEnd < 1)) throw new ArgumentOutOfRangeException(nameof(betaEnd), betaEnd, "a beta lies between 0 and 1");
        double first = Math.Sqrt(betaStart), last = Math.Sqrt(betaEnd);
        var alphas = new double[count];
        double product = 1;
        for (int i = 0; i < count; i++)
        {
            float root = (float)(first + (last - first) * i / (count - 1));
            product *= 1f - root * root;
            alphas[i] = product;
        }
        return new NoiseSchedule(alphas);
    }

    /// <summary>sigma at a possibly fractional timestep, linear between neighbors, clamped at the ends (numpy's <c>interp</c>).</summary>
    public double Sigma(double timestep)
    {
        double t = Math.Clamp(timestep, 0, Count - 1);
        int low = Math.Min((int)t, Count - 2);
        return _sigmas[low] + (_sigmas[low + 1] - _sigmas[low]) * (t - low);
    }

    /// <summary>The timestep of a sigma, linear in log sigma between neighbors, clamped at the ends.</summary>
    public double Timestep(double sigma)
    {
        double log = Math.Log(Math.Max(sigma, 1e-10));
        int low = 0;
        while (low < Count - 2 && Math.Log(_sigmas[low + 1]) <= log) low++;
        double below = Math.Log(_sigmas[low]), above = Math.Log(_sigmas[low + 1]);
        return low + Math.Clamp((log - below) / (above - below), 0, 1);
    }

    /// <summary>DDPM noising: z_t = sqrt(abar_t) z0 + sqrt(1 - abar_t) n.</summary>
    public Tensor AddNoise(Workspace ws, Tensor z0, Tensor noise, int timestep)
    {
        ArgumentNullException.ThrowIfNull(ws);
        double abar = AlphasCumprod[timestep];
        return ws.Combine((float)Math.Sqrt(abar), z0, (float)Math.Sqrt(1 - abar), noise);
    }

    /// <summary>sqrt(abar) and sqrt(1 - abar) of a timestep: the parts of signal and noise in a DDPM sample.</summary>
    public (double Signal, double Noise) Parts(int timestep) => (Math.Sqrt(AlphasCumprod[timestep]), Math.Sqrt(1 - AlphasCumprod[timestep]));
}
