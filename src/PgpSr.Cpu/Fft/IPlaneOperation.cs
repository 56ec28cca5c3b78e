namespace PgpSr.Cpu;

/// <summary>
/// A 2-D transform in phases (all rows, then all columns, or the other way round), each of them of independent units: a row pair or a column.
/// </summary>
unsafe interface IPlaneOperation<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    FftShape<TLanes> Shape { get; }

    /// <summary>Feature maps that are in work at once: planes of a group.</summary>
    static abstract int Maps { get; }

    static abstract int Phases { get; }

    /// <summary>Row pairs or columns.</summary>
    int Units(int phase);

    /// <summary>Runs units of one phase for one group of channels of one sample.</summary>
    void Run(int phase, int sample, int group, int firstUnit, int endUnit, float* planes, float* scratch);
}
