using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace PgpSr.Cpu;

/// <summary>What becomes of a finished tile, and where it goes.</summary>
/// <param name="Outputs">Channels of the result.</param>
/// <param name="Pitch">Floats from one of its rows to the next.</param>
/// <param name="PerChannel">First value, or null.</param>
/// <param name="PerChannelStride">Floats from one sample's values to the next one's; 0 if all share one row.</param>
/// <param name="RowsPerSample">Rows that share a sample's per-channel values.</param>
/// <param name="Residual">First value, or null.</param>
/// <param name="ResidualPitch">Floats from one of its rows to the next.</param>
/// <param name="Scale">Of everything but the residual.</param>
/// <param name="Y">Result.</param>
readonly record struct GemmDestination(
    int Outputs, int Pitch, nint PerChannel, long PerChannelStride, long RowsPerSample, nint Residual, int ResidualPitch, float Scale, nint Y);

/// <summary>
/// y = scale * activation(tile + bias + perChannel) + residual, on a tile that the micro-kernel has just left in the L1 cache: a 24-register store and
/// load beside thousands of multiply-adds, for which the kernel itself stays free of every combination.
/// </summary>
static unsafe class GemmEpilogue<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>Asks for the cache lines that a tile will be written to, to come while the micro-kernel multiplies.</summary>
    public static void Prefetch(int rows, int columns, long row, int column, in GemmDestination to)
    {
        if (!Sse.IsSupported) return;
        const int line = 16; // floats
        int filled = Math.Min(columns, to.Outputs - column);
        for (int r = 0; r < rows; r++, row++)
        {
            float* y = (float*)to.Y + row * to.Pitch + column;
            for (int j = 0; j < filled; j += line) Sse.Prefetch0(y + j);
        }
    }

    /// <param name="tile">Rows of <paramref name="vectors"/> vectors.</param>
    /// <param name="bias">As many values as a row of the tile has.</param>
    /// <param name="rows">Rows of the tile.</param>
    /// <param name="vectors">Vectors in a row of the tile.</param>
    /// <param name="gated">The second half of each row are gates of the first: value * gelu(gate).</param>
    /// <param name="row">First row of the result.</param>
    /// <param name="column">First column of the result.</param>
    /// <param name="to">The rest.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TActivation>(float* tile, float* bias, int rows, int vectors, bool gated, long row, int column, in GemmDestination to)
        where TActivation : struct, ILaneFunction
    {
        int stride = vectors * TLanes.Count, columns = gated ? stride / 2 : stride;
        int filled = Math.Min(columns, to.Outputs - column), whole = filled / TLanes.Count * TLanes.Count;
        bool scaled = to.Scale != 1;
        var scale = TLanes.Broadcast(to.Scale);
        for (int r = 0; r < rows; r++, row++, tile += stride)
        {
            float* perChannel = to.PerChannel == 0 ? null : (float*)to.PerChannel + row / to.RowsPerSample * to.PerChannelStride + column;
            float* residual = to.Residual == 0 ? null : (float*)to.Residual + row * to.ResidualPitch + column;
            float* y = (float*)to.Y + row * to.Pitch + column;
            for (int j = 0; j < columns; j += TLanes.Count)
            {
                var value = TLanes.Load(tile + j) + TLanes.Load(bias + j);
                if (gated) value *= VectorMath<TLanes>.Gelu(TLanes.Load(tile + columns + j) + TLanes.Load(bias + columns + j));
                if (j < whole)
                {
                    if (perChannel != null) value += TLanes.Load(perChannel + j);
                    value = TActivation.Apply(value);
                    if (scaled) value *= scale;
                    if (residual != null) value += TLanes.Load(residual + j);
                    TLanes.Store(value, y + j);
                }
                else
                {
                    int rest = filled - j;
                    if (perChannel != null) value += TLanes.LoadPartial(perChannel + j, rest);
                    value = TActivation.Apply(value);
                    if (scaled) value *= scale;
                    if (residual != null) value += TLanes.LoadPartial(residual + j, rest);
                    TLanes.StorePartial(value, y + j, rest);
                }
            }
        }
    }
}
