namespace PgpSr.Cpu;

/// <summary>A small DFT over lines: <see cref="Radix"/> legs in, as many out.</summary>
unsafe interface IButterfly<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    static abstract int Radix { get; }

    /// <summary>Reads every leg before it writes one, so the output may be the input. Steps are in floats.</summary>
    static abstract void Run<TTwiddles>(float* re, float* im, nint step, float* twiddles, float* outRe, float* outIm, nint outStep)
        where TTwiddles : struct, ITwiddles<TLanes>;
}

/// <summary>What legs 1 and above are multiplied by while they are loaded.</summary>
unsafe interface ITwiddles<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>Loads leg m of a butterfly.</summary>
    static abstract void Load(float* re, float* im, float* twiddles, int leg, out TLanes real, out TLanes imaginary);
}
