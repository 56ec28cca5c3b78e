namespace PgpSr.Cpu;

/// <summary>Phase exchange of stored spectra, cut into runs of bins.</summary>
unsafe struct PhaseExchangeWork<TLanes> : IParallelWork
    where TLanes : struct, ILanes<TLanes>
{
    // Numbers of an item: 256 KB of each spectrum, some 50 microseconds.
    const long ItemCount = 1 << 16;

    public required float* U;
    public required float* V;
    public required float* ExchangedU;
    public required float* ExchangedV;
    public required long Bins;
    public required int Channels;

    readonly long BinsOfItem => Math.Max(1, ItemCount / (2L * Channels));

    public readonly int Items => checked((int)((Bins + BinsOfItem - 1) / BinsOfItem));

    public readonly void Run(int item, int worker)
    {
        long first = item * BinsOfItem;
        long at = first * 2 * Channels;
        PhaseExchangeKernel<TLanes>.Exchange(U + at, V + at, Math.Min(BinsOfItem, Bins - first), Channels, ExchangedU + at, ExchangedV + at);
    }
}
