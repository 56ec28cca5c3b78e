using System.Runtime.CompilerServices;

namespace PgpSr.Cpu;

/// <summary>Transforms the inputs of a strip: V[block of channels][36][tile][channel]. An item is a few tiles with all their channels.</summary>
unsafe struct WinogradInput<TLanes>(WinogradPlan plan, WinogradTiles<TLanes> tiles, int channels, float* zeros, float* v, nint vStride)
    : IParallelWork
    where TLanes : struct, ILanes<TLanes>
{
    // Some microseconds of work with few channels, a quarter of a millisecond with many thousands.
    const int ItemTiles = 4;

    const int Products = WinogradTransform<TLanes>.Products;

    int _first;
    int _count;

    /// <summary>Turns to a strip and tells its items.</summary>
    public int Begin(int first, int count)
    {
        _first = first;
        _count = count;
        return (count + ItemTiles - 1) / ItemTiles;
    }

    [SkipLocalsInit]
    public readonly void Run(int item, int worker)
    {
        float** pixels = stackalloc float*[Products];
        int end = Math.Min((item + 1) * ItemTiles, _count);
        for (int tile = item * ItemTiles; tile < end; tile++)
        {
            tiles.Pixels(_first + tile, zeros, pixels);
            float* to = v + (nint)tile * plan.InputBlock;
            for (int start = 0; start < channels; start += plan.InputBlock, to += vStride * Products)
                WinogradTransform<TLanes>.Input(pixels, start, Math.Min(plan.InputBlock, channels - start), to, vStride);
        }
    }
}
