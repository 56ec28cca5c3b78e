namespace PgpSr.Tensors;

/// <summary>The most that kernels hold beside tensors and weights in one run (<see cref="Backend.ScratchFor"/>).</summary>
/// <param name="Bytes">With <paramref name="Workers"/> threads.</param>
/// <param name="Workers">How many threads are counted; 0 where their number does not matter.</param>
/// <param name="BytesOfWorker">What each thread more adds.</param>
public readonly record struct ScratchBound(long Bytes, int Workers, long BytesOfWorker)
{
    /// <summary>Threads that can work where <paramref name="spare"/> bytes are left beside <see cref="Bytes"/>.</summary>
    public int WorkersWithin(long spare) =>
        BytesOfWorker == 0 ? int.MaxValue : (int)Math.Min(int.MaxValue, Workers + Math.Max(0, spare) / BytesOfWorker);
}
