using System.Runtime.CompilerServices;
using PgpSr.Tensors;

namespace PgpSr.Cpu;

/// <summary>Transforms the inputs of a strip: V[block of channels][36][tile][channel]. An item is a few tiles with all their channels.</summary>
unsafe struct WinogradInput<TLanes>(WinogradPlan plan, ConvMaps maps, int channels, Conv2dGeometry geometry, float* zeros, float* v, nint vStride)
    : IParallelWork
    where TLanes : struct, ILanes<TLanes>
{
    // Some microseconds of work with few channels, a quarter of a millisecond with many thousands.
    const int ItemTiles = 4;

    const int Inputs = WinogradTransform<TLanes>.Inputs, Outputs = WinogradTransform<TLanes>.Outputs, Products = WinogradTransform<TLanes>.Products;

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
        int height = maps.Height, width = maps.Width;
        float** pixels = stackalloc float*[Products];
        int end = Math.Min((item + 1) * ItemTiles, _count);
        for (int tile = item * ItemTiles; tile < end; tile++)
        {
            int index = _first + tile;
            int top = index / plan.TilesX % plan.TilesY * Outputs - geometry.PadTop, left = index % plan.TilesX * Outputs - geometry.PadLeft;
            float* image = (float*)maps.X + (long)(index / plan.TilesX / plan.TilesY) * height * width * channels;
            for (int i = 0; i < Inputs; i++)
            {
                bool inside = (uint)(top + i) < (uint)height;
                float* row = image + ((long)(top + i) * width + left) * channels;
                for (int j = 0; j < Inputs; j++) pixels[i * Inputs + j] = inside && (uint)(left + j) < (uint)width ? row + (long)j * channels : zeros;
            }
            float* to = v + (nint)tile * plan.InputBlock;
            for (int start = 0; start < channels; start += plan.InputBlock, to += vStride * Products)
                WinogradTransform<TLanes>.Input(pixels, start, Math.Min(plan.InputBlock, channels - start), to, vStride);
        }
    }
}
