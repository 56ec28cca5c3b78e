namespace PgpSr.Cpu;

abstract partial class KernelSet
{
    /// <summary>x [N, H, W, C] to spectrum [N, H, W/2+1, 2, C].</summary>
    public abstract unsafe void RealFft2d(
        int batch, int height, int width, int channels, float* x, float* spectrum,
        WorkerPool pool, Scratch scratch, CancellationToken cancellation);

    /// <summary>spectrum [N, H, W/2+1, 2, C] to y [N, H, W, C], scaled by 1/(H W).</summary>
    public abstract unsafe void InverseRealFft2d(
        int batch, int height, int width, int channels, float* spectrum, float* y,
        WorkerPool pool, Scratch scratch, CancellationToken cancellation);

    /// <summary>Spectra of <paramref name="bins"/> bins of <paramref name="channels"/> real, then imaginary parts.</summary>
    public abstract unsafe void ExchangePhases(
        long bins, int channels, float* u, float* v, float* exchangedU, float* exchangedV, WorkerPool pool, CancellationToken cancellation);

    /// <summary>Forward, exchange and inverse of two maps [N, H, W, C].</summary>
    public abstract unsafe void PhaseExchange(
        int batch, int height, int width, int channels, float* u, float* v, float* exchangedU, float* exchangedV,
        WorkerPool pool, Scratch scratch, CancellationToken cancellation);
}

sealed partial class KernelSet<TLanes>
{
    public override unsafe void RealFft2d(
        int batch, int height, int width, int channels, float* x, float* spectrum,
        WorkerPool pool, Scratch scratch, CancellationToken cancellation) =>
        PlaneSchedule<TLanes>.Run(
            new ForwardPlanes<TLanes>(new FftShape<TLanes>(batch, height, width, channels), x, spectrum), pool, scratch, cancellation);

    public override unsafe void InverseRealFft2d(
        int batch, int height, int width, int channels, float* spectrum, float* y,
        WorkerPool pool, Scratch scratch, CancellationToken cancellation) =>
        PlaneSchedule<TLanes>.Run(
            new InversePlanes<TLanes>(new FftShape<TLanes>(batch, height, width, channels), spectrum, y), pool, scratch, cancellation);

    public override unsafe void ExchangePhases(
        long bins, int channels, float* u, float* v, float* exchangedU, float* exchangedV, WorkerPool pool, CancellationToken cancellation)
    {
        if (channels == 0) return;
        var work = new PhaseExchangeWork<TLanes> { U = u, V = v, ExchangedU = exchangedU, ExchangedV = exchangedV, Bins = bins, Channels = channels };
        pool.Run(ref work, work.Items, cancellation);
    }

    public override unsafe void PhaseExchange(
        int batch, int height, int width, int channels, float* u, float* v, float* exchangedU, float* exchangedV,
        WorkerPool pool, Scratch scratch, CancellationToken cancellation) =>
        PlaneSchedule<TLanes>.Run(
            new ExchangePlanes<TLanes>(new FftShape<TLanes>(batch, height, width, channels), u, v, exchangedU, exchangedV),
            pool, scratch, cancellation);
}
