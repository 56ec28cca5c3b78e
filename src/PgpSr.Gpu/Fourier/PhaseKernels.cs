using ILGPU;

namespace PgpSr.Gpu.Fourier;

/// <summary>Two complex numbers that have exchanged their phases: u' = |u| v/|v|, v' = |v| u/|u|, the phase of a zero being 0.</summary>
readonly struct ExchangedPhases
{
    public readonly float URe;
    public readonly float UIm;
    public readonly float VRe;
    public readonly float VIm;

    public ExchangedPhases(float uRe, float uIm, float vRe, float vIm)
    {
        // Parts relative to the larger of the two: unit phases and sizes are exact to a few roundings, down to subnormal numbers.
        float uLarger = Larger(uRe, uIm), vLarger = Larger(vRe, vIm);
        float uRight = uLarger == 0f ? 1f : uRe / uLarger, uUp = uLarger == 0f ? 0f : uIm / uLarger;
        float vRight = vLarger == 0f ? 1f : vRe / vLarger, vUp = vLarger == 0f ? 0f : vIm / vLarger;
        float uLength = KernelMath.Sqrt(uRight * uRight + uUp * uUp), vLength = KernelMath.Sqrt(vRight * vRight + vUp * vUp);
        float uSize = uLarger * uLength, vSize = vLarger * vLength;
        URe = uSize * (vRight / vLength);
        UIm = uSize * (vUp / vLength);
        VRe = vSize * (uRight / uLength);
        VIm = vSize * (uUp / uLength);
    }

    static float Larger(float re, float im)
    {
        float a = KernelMath.Abs(re), b = KernelMath.Abs(im);
        // A NaN in either stays.
        return a > b || float.IsNaN(a) ? a : b;
    }
}

/// <summary>Exchanges phases of bins [bins, 2, channels]: one thread for each pair of complex numbers.</summary>
readonly struct ExchangePhasesKernel(ArrayView<float> u, ArrayView<float> v, int channels, ArrayView<float> exchangedU, ArrayView<float> exchangedV)
    : IElementKernel
{
    public void Write(ref KernelArguments to) => to.Add(u).Add(v).Add(channels).Add(exchangedU).Add(exchangedV);

    public void Run(int index)
    {
        int re = index + index / channels * channels, im = re + channels;
        var exchanged = new ExchangedPhases(u[re], u[im], v[re], v[im]);
        exchangedU[re] = exchanged.URe;
        exchangedU[im] = exchanged.UIm;
        exchangedV[re] = exchanged.VRe;
        exchangedV[im] = exchanged.VIm;
    }
}
