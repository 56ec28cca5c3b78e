using System.Runtime.CompilerServices;

namespace PgpSr.Cpu;

/// <summary>
/// The two halves of a real 2-D DFT over one register of channels: rows between a feature map and a plane, columns between a plane and a spectrum.
/// </summary>
/// <remarks>
/// Two real rows a, b travel as one complex line a + ib, for any width: Z[k] = A[k] + iB[k] and conj Z[W-k] = A[k] - iB[k]. The columns of the half
/// spectrum are complex lines. Pointers to tensors point at the register's first channel of the sample; the next pixel is C floats on.
/// </remarks>
static unsafe class PlaneFft<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>Transforms row pair <paramref name="pair"/> of a feature map into the plane.</summary>
    public static void RowsForward(in FftShape<TLanes> shape, float* x, int lanes, int pair, float* plane, float* scratch)
    {
        var plan = shape.RowPlan;
        nint row = (nint)shape.Width * shape.Channels;
        float* first = x + 2 * pair * row;
        bool alone = 2 * pair + 1 == shape.Height;
        if (lanes == TLanes.Count && !alone)
        {
            // The pair after this one, whose last row may have no partner.
            int rowsAfter = shape.Height - 2 * pair - 2;
            var next = rowsAfter > 0 ? new PrefetchLine(first + 2 * row, first + (rowsAfter > 1 ? 3 : 2) * row, shape.Channels) : default;
            LineFft<TLanes>.Transform(plan, first, first + row, shape.Channels, scratch, scratch, scratch + TLanes.Count, 2 * TLanes.Count, next);
        }
        else
        {
            float* staging = scratch + shape.Staging;
            LinePacking<TLanes>.LoadPair(first, alone ? null : first + row, shape.Channels, shape.Width, lanes, staging);
            LineFft<TLanes>.Transform(
                plan, staging, staging + TLanes.Count, 2 * TLanes.Count, scratch, scratch, scratch + TLanes.Count, 2 * TLanes.Count);
        }
        float* a = plane + 2 * pair * shape.RowPitch;
        Split(scratch, shape.Width, a, alone ? null : a + shape.RowPitch);
    }

    /// <summary>Transforms row pair <paramref name="pair"/> of the plane back into a feature map, times <paramref name="scale"/>.</summary>
    public static void RowsInverse(in FftShape<TLanes> shape, float* plane, int pair, float scale, float* y, int lanes, float* scratch)
    {
        var plan = shape.RowPlan;
        nint row = (nint)shape.Width * shape.Channels;
        float* first = y + 2 * pair * row;
        bool alone = 2 * pair + 1 == shape.Height;
        float* a = plane + 2 * pair * shape.RowPitch;
        Merge(a, alone ? null : a + shape.RowPitch, shape.Width, scale, plan.Positions, scratch);
        // Real and imaginary parts change places at both ends of an inverse: the real row comes out as the imaginary part.
        if (lanes == TLanes.Count && !alone)
        {
            LineFft<TLanes>.TransformLaidOut(plan, scratch, first + row, first, shape.Channels, new PrefetchLine(first + row, first, shape.Channels));
        }
        else
        {
            float* staging = scratch + shape.Staging;
            LineFft<TLanes>.TransformLaidOut(plan, scratch, staging + TLanes.Count, staging, 2 * TLanes.Count);
            LinePacking<TLanes>.StorePair(staging, shape.Width, lanes, first, alone ? null : first + row, shape.Channels);
        }
    }

    /// <summary>Transforms a column of the plane into a spectrum [H, W/2+1, 2, C].</summary>
    public static void ColumnForward(in FftShape<TLanes> shape, float* plane, int column, float* spectrum, int lanes, float* scratch)
    {
        float* from = plane + 2 * (nint)column * TLanes.Count;
        float* to = spectrum + 2 * (nint)column * shape.Channels;
        nint step = 2 * (nint)shape.Bins * shape.Channels;
        if (lanes == TLanes.Count)
        {
            LineFft<TLanes>.Transform(shape.ColumnPlan, from, from + TLanes.Count, shape.RowPitch, scratch, to, to + shape.Channels, step,
                new PrefetchLine(to, to + shape.Channels, step));
            return;
        }
        float* staging = scratch + shape.Staging;
        LineFft<TLanes>.Transform(
            shape.ColumnPlan, from, from + TLanes.Count, shape.RowPitch, scratch, staging, staging + TLanes.Count, 2 * TLanes.Count);
        LinePacking<TLanes>.StorePair(staging, shape.Height, lanes, to, to + shape.Channels, step);
    }

    /// <summary>Transforms a column of a spectrum back into the plane, not scaled.</summary>
    public static void ColumnInverse(in FftShape<TLanes> shape, float* spectrum, int lanes, int column, float* plane, float* scratch)
    {
        float* from = spectrum + 2 * (nint)column * shape.Channels;
        float* to = plane + 2 * (nint)column * TLanes.Count;
        nint step = 2 * (nint)shape.Bins * shape.Channels;
        if (lanes == TLanes.Count)
        {
            nint next = column + 1 < shape.Bins ? 2 * (nint)shape.Channels : 0;
            LineFft<TLanes>.Transform(shape.ColumnPlan, from + shape.Channels, from, step, scratch, to + TLanes.Count, to, shape.RowPitch,
                new PrefetchLine(from + next, from + shape.Channels + next, step));
            return;
        }
        float* staging = scratch + shape.Staging;
        LinePacking<TLanes>.LoadPair(from, from + shape.Channels, step, shape.Height, lanes, staging);
        LineFft<TLanes>.Transform(
            shape.ColumnPlan, staging + TLanes.Count, staging, 2 * TLanes.Count, scratch, to + TLanes.Count, to, shape.RowPitch);
    }

    /// <summary>Column spectra of two planes, their phases exchanged, transformed back in place (not scaled).</summary>
    public static void ColumnExchange(in FftShape<TLanes> shape, float* planeU, float* planeV, int column, float* scratch)
    {
        var plan = shape.ColumnPlan;
        int line = TLanes.Count;
        float* u = scratch + shape.ColumnBuffers;
        float* v = u + 2 * (nint)shape.Height * line;
        nint at = 2 * (nint)column * line;
        LineFft<TLanes>.Transform(plan, planeU + at, planeU + at + line, shape.RowPitch, scratch, u, u + line, 2 * line);
        LineFft<TLanes>.Transform(plan, planeV + at, planeV + at + line, shape.RowPitch, scratch, v, v + line, 2 * line);
        PhaseExchangeKernel<TLanes>.Exchange(u, v, shape.Height);
        LineFft<TLanes>.Transform(plan, u + line, u, 2 * line, scratch, planeU + at + line, planeU + at, shape.RowPitch);
        LineFft<TLanes>.Transform(plan, v + line, v, 2 * line, scratch, planeV + at + line, planeV + at, shape.RowPitch);
    }

    // A[k] = (Z[k] + conj Z[W-k]) / 2, B[k] = (Z[k] - conj Z[W-k]) / 2i. b is null if the last row has no partner.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Split(float* z, int width, float* a, float* b)
    {
        int line = TLanes.Count;
        var half = TLanes.Broadcast(0.5f);
        for (int k = 0; k <= width / 2; k++)
        {
            float* near = z + 2 * (nint)k * line;
            float* far = z + 2 * (nint)(k == 0 ? 0 : width - k) * line;
            var nearR = TLanes.Load(near) * half;
            var nearI = TLanes.Load(near + line) * half;
            var farR = TLanes.Load(far) * half;
            var farI = TLanes.Load(far + line) * half;
            TLanes.Store(nearR + farR, a);
            TLanes.Store(nearI - farI, a + line);
            a += 2 * line;
            if (b == null) continue;
            TLanes.Store(nearI + farI, b);
            TLanes.Store(farR - nearR, b + line);
            b += 2 * line;
        }
    }

    // Z[k] = A[k] + iB[k], Z[W-k] = conj A[k] + i conj B[k]; the imaginary parts at DC and Nyquist, which no real row has, are left out.
    // Parts are stored in exchanged order for the inverse.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Merge(float* a, float* b, int width, float scale, int* positions, float* z)
    {
        int line = TLanes.Count;
        var factor = TLanes.Broadcast(scale);
        for (int k = 0; k <= width / 2; k++)
        {
            bool real = k == 0 || 2 * k == width;
            var aR = TLanes.Load(a) * factor;
            var aI = real ? TLanes.Zero : TLanes.Load(a + line) * factor;
            var bR = b == null ? TLanes.Zero : TLanes.Load(b) * factor;
            var bI = b == null || real ? TLanes.Zero : TLanes.Load(b + line) * factor;
            a += 2 * line;
            if (b != null) b += 2 * line;
            float* near = z + 2 * (nint)positions[k] * line;
            TLanes.Store(aI + bR, near);
            TLanes.Store(aR - bI, near + line);
            if (real) continue;
            float* far = z + 2 * (nint)positions[width - k] * line;
            TLanes.Store(bR - aI, far);
            TLanes.Store(aR + bI, far + line);
        }
    }
}
