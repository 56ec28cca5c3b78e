using System.Runtime.CompilerServices;

namespace PgpSr.Cpu;

/// <summary>
/// The complex DFT (forward, not normalized) of a bundle of <c>TLanes.Count</c> independent lines: point n is one register of real parts and one of
/// imaginary parts, anywhere in memory at a fixed step. The inverse is the same with real and imaginary parts exchanged at both ends.
/// </summary>
static unsafe class LineFft<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>
    /// Transforms from a strided source to a strided destination; both may be any memory but <paramref name="work"/>, and they may be the same.
    /// </summary>
    /// <param name="plan">The length and its stages.</param>
    /// <param name="re">Real parts of point 0; the next point lies <paramref name="step"/> floats on.</param>
    /// <param name="im">Imaginary parts.</param>
    /// <param name="step">In floats.</param>
    /// <param name="work"><see cref="FftPlan.WorkLines"/> registers.</param>
    /// <param name="outRe">Real parts of bin 0.</param>
    /// <param name="outIm">Imaginary parts.</param>
    /// <param name="outStep">In floats.</param>
    /// <param name="soon">A line of as many points to bring near meanwhile.</param>
    public static void Transform(
        FftPlan plan, float* re, float* im, nint step, float* work, float* outRe, float* outIm, nint outStep, PrefetchLine soon = default)
    {
        if (plan.Chirp is not null) ConvolveChirp(plan, re, im, step, work, outRe, outIm, outStep);
        else Run(plan, re, im, step, plan.Sources, plan.Length / plan.Stages[0].Radix, soon, work, outRe, outIm, outStep);
    }

    /// <summary>
    /// Transforms a line that its maker has laid into <paramref name="work"/>: point n as interleaved registers (real, imaginary) at
    /// <see cref="FftPlan.Positions"/>[n].
    /// </summary>
    public static void TransformLaidOut(FftPlan plan, float* work, float* outRe, float* outIm, nint outStep, PrefetchLine soon = default)
    {
        if (plan.Chirp is not null)
            ConvolveChirp(plan, work, work + TLanes.Count, 2 * TLanes.Count, work + 2 * (nint)plan.Length * TLanes.Count, outRe, outIm, outStep);
        else Run(plan, work, work + TLanes.Count, 2 * TLanes.Count, plan.InPlaceSources, 1, soon, work, outRe, outIm, outStep);
    }

    static void Run(
        FftPlan plan, float* re, float* im, nint step, int* sources, int legs, PrefetchLine soon, float* work,
        float* outRe, float* outIm, nint outStep)
    {
        var stages = plan.Stages;
        float* sums = work + 2 * (nint)plan.Length * TLanes.Count;
        nint workStep = 2 * TLanes.Count;
        var first = stages[0];
        if (stages.Length == 1)
        {
            Gather(first, 1, sources, re, im, step, legs, soon, sums, outRe, outIm, outStep);
            return;
        }
        Gather(first, plan.Length / first.Radix, sources, re, im, step, legs, soon, sums, work, work + TLanes.Count, workStep);
        for (int i = 1; i < stages.Length - 1; i++)
        {
            var stage = stages[i];
            int blocks = plan.Length / (stage.Before * stage.Radix);
            Combine(stage, blocks, work, work + TLanes.Count, workStep, sums, work, work + TLanes.Count, workStep);
        }
        Combine(stages[^1], 1, work, work + TLanes.Count, workStep, sums, outRe, outIm, outStep);
    }

    // First stage: `groups` butterflies without twiddles whose legs are read wherever they are.
    static void Gather(
        FftStage stage, int groups, int* sources, float* re, float* im, nint step, int legs, PrefetchLine soon, float* sums,
        float* outRe, float* outIm, nint outStep)
    {
        switch (stage.Radix)
        {
            case 1: Gather<Butterfly1<TLanes>>(groups, sources, re, im, step, legs, soon, outRe, outIm, outStep); break;
            case 2: Gather<Butterfly2<TLanes>>(groups, sources, re, im, step, legs, soon, outRe, outIm, outStep); break;
            case 3: Gather<Butterfly3<TLanes>>(groups, sources, re, im, step, legs, soon, outRe, outIm, outStep); break;
            case 4: Gather<Butterfly4<TLanes>>(groups, sources, re, im, step, legs, soon, outRe, outIm, outStep); break;
            case 5: Gather<Butterfly5<TLanes>>(groups, sources, re, im, step, legs, soon, outRe, outIm, outStep); break;
            case 7: Gather<Butterfly7<TLanes>>(groups, sources, re, im, step, legs, soon, outRe, outIm, outStep); break;
            case 8: Gather<Butterfly8<TLanes>>(groups, sources, re, im, step, legs, soon, outRe, outIm, outStep); break;
            default:
                for (int group = 0; group < groups; group++)
                {
                    soon.Ask(group * stage.Radix, stage.Radix);
                    nint from = sources[group] * step;
                    nint to = (nint)group * stage.Radix * outStep;
                    PrimeButterfly<TLanes>.Run<NoTwiddles<TLanes>>(
                        stage, re + from, im + from, legs * step, null, sums, outRe + to, outIm + to, outStep);
                }
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Gather<TButterfly>(
        int groups, int* sources, float* re, float* im, nint step, int legs, PrefetchLine soon, float* outRe, float* outIm, nint outStep)
        where TButterfly : struct, IButterfly<TLanes>
    {
        nint legStep = legs * step;
        for (int group = 0; group < groups; group++)
        {
            nint from = sources[group] * step;
            soon.Ask(group * TButterfly.Radix, TButterfly.Radix);
            TButterfly.Run<NoTwiddles<TLanes>>(re + from, im + from, legStep, null, outRe, outIm, outStep);
            outRe += TButterfly.Radix * outStep;
            outIm += TButterfly.Radix * outStep;
        }
    }

    // A later stage: joins sub-transforms that lie one behind the other.
    static void Combine(FftStage stage, int blocks, float* re, float* im, nint step, float* sums, float* outRe, float* outIm, nint outStep)
    {
        switch (stage.Radix)
        {
            case 2: Combine<Butterfly2<TLanes>>(blocks, stage.Before, stage.TwiddleTable, re, im, step, outRe, outIm, outStep); break;
            case 3: Combine<Butterfly3<TLanes>>(blocks, stage.Before, stage.TwiddleTable, re, im, step, outRe, outIm, outStep); break;
            case 4: Combine<Butterfly4<TLanes>>(blocks, stage.Before, stage.TwiddleTable, re, im, step, outRe, outIm, outStep); break;
            case 5: Combine<Butterfly5<TLanes>>(blocks, stage.Before, stage.TwiddleTable, re, im, step, outRe, outIm, outStep); break;
            case 7: Combine<Butterfly7<TLanes>>(blocks, stage.Before, stage.TwiddleTable, re, im, step, outRe, outIm, outStep); break;
            case 8: Combine<Butterfly8<TLanes>>(blocks, stage.Before, stage.TwiddleTable, re, im, step, outRe, outIm, outStep); break;
            default:
                nint twiddles = 2 * (stage.Radix - 1);
                for (int block = 0; block < blocks; block++)
                {
                    for (int j = 0; j < stage.Before; j++)
                    {
                        nint at = (nint)block * stage.Before * stage.Radix + j;
                        PrimeButterfly<TLanes>.Run<TableTwiddles<TLanes>>(stage, re + at * step, im + at * step, stage.Before * step,
                            stage.TwiddleTable + j * twiddles, sums, outRe + at * outStep, outIm + at * outStep, stage.Before * outStep);
                    }
                }
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Combine<TButterfly>(int blocks, int before, float* table, float* re, float* im, nint step, float* outRe, float* outIm, nint outStep)
        where TButterfly : struct, IButterfly<TLanes>
    {
        nint legStep = before * step;
        nint outLegStep = before * outStep;
        for (int block = 0; block < blocks; block++)
        {
            TButterfly.Run<NoTwiddles<TLanes>>(re, im, legStep, null, outRe, outIm, outLegStep);
            float* twiddles = table;
            for (int j = 1; j < before; j++)
            {
                re += step;
                im += step;
                outRe += outStep;
                outIm += outStep;
                twiddles += 2 * (TButterfly.Radix - 1);
                TButterfly.Run<TableTwiddles<TLanes>>(re, im, legStep, twiddles, outRe, outIm, outLegStep);
            }
            re += legStep * (TButterfly.Radix - 1) + step;
            im += legStep * (TButterfly.Radix - 1) + step;
            outRe += outLegStep * (TButterfly.Radix - 1) + outStep;
            outIm += outLegStep * (TButterfly.Radix - 1) + outStep;
        }
    }

    // Bluestein: chirp and pad, transform, multiply by the chirp's spectrum, transform back (parts exchanged), chirp.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void ConvolveChirp(FftPlan plan, float* re, float* im, nint step, float* padded, float* outRe, float* outIm, nint outStep)
    {
        var chirp = plan.Chirp!;
        var inner = chirp.Inner;
        int line = TLanes.Count;
        int* positions = inner.Positions;
        float* spectrum = padded + 2 * (nint)inner.Length * line;
        float* work = spectrum + 2 * (nint)inner.Length * line;
        float* w = chirp.Chirp;
        for (int n = 0; n < plan.Length; n++)
        {
            Multiply(TLanes.Load(re + n * step), TLanes.Load(im + n * step), w + 2 * n, out var r, out var i);
            TLanes.Store(r, padded + 2 * (nint)n * line);
            TLanes.Store(i, padded + 2 * (nint)n * line + line);
        }
        for (nint n = 2 * (nint)plan.Length; n < 2 * (nint)inner.Length; n++) TLanes.Store(TLanes.Zero, padded + n * line);
        Transform(inner, padded, padded + line, 2 * line, work, spectrum, spectrum + line, 2 * line);
        float* response = chirp.ResponseSpectrum;
        for (int k = 0; k < inner.Length; k++)
        {
            float* at = spectrum + 2 * (nint)k * line;
            Multiply(TLanes.Load(at), TLanes.Load(at + line), response + 2 * k, out var r, out var i);
            TLanes.Store(r, at);
            TLanes.Store(i, at + line);
        }
        Transform(inner, spectrum + line, spectrum, 2 * line, work, padded + line, padded, 2 * line);
        for (int k = 0; k < plan.Length; k++)
        {
            float* at = padded + 2 * (nint)k * line;
            Multiply(TLanes.Load(at), TLanes.Load(at + line), w + 2 * k, out var r, out var i);
            TLanes.Store(r, outRe + k * outStep);
            TLanes.Store(i, outIm + k * outStep);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Multiply(TLanes a, TLanes b, float* factor, out TLanes real, out TLanes imaginary)
    {
        var cosine = TLanes.Broadcast(factor[0]);
        var sine = TLanes.Broadcast(factor[1]);
        real = TLanes.NegatedMultiplyAdd(b, sine, a * cosine);
        imaginary = TLanes.MultiplyAdd(b, cosine, a * sine);
    }
}
