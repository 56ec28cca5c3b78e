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

/// <summary>Rows of a feature map into planes, columns of the planes into a spectrum.</summary>
readonly unsafe struct ForwardPlanes<TLanes>(FftShape<TLanes> shape, float* x, float* spectrum) : IPlaneOperation<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    public static int Maps => 1;

    public static int Phases => 2;

    public FftShape<TLanes> Shape { get; } = shape;

    public int Units(int phase) => phase == 0 ? Shape.RowPairs : Shape.Bins;

    public void Run(int phase, int sample, int group, int firstUnit, int endUnit, float* planes, float* scratch)
    {
        var shape = Shape;
        int registers = shape.RegistersOf(group);
        float* map = shape.Map(x, sample);
        float* bins = shape.Spectrum(spectrum, sample);
        for (int unit = firstUnit; unit < endUnit; unit++)
        {
            for (int i = 0; i < registers; i++)
            {
                int channel = FftShape<TLanes>.FirstChannel(group) + i * TLanes.Count;
                int lanes = shape.LanesAt(channel);
                float* plane = planes + i * shape.PlaneFloats;
                if (phase == 0) PlaneFft<TLanes>.RowsForward(shape, map + channel, lanes, unit, plane, scratch);
                else PlaneFft<TLanes>.ColumnForward(shape, plane, unit, bins + channel, lanes, scratch);
            }
        }
    }
}

/// <summary>Columns of a spectrum into planes, rows of the planes into a feature map.</summary>
readonly unsafe struct InversePlanes<TLanes>(FftShape<TLanes> shape, float* spectrum, float* y) : IPlaneOperation<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    public static int Maps => 1;

    public static int Phases => 2;

    public FftShape<TLanes> Shape { get; } = shape;

    public int Units(int phase) => phase == 0 ? Shape.Bins : Shape.RowPairs;

    public void Run(int phase, int sample, int group, int firstUnit, int endUnit, float* planes, float* scratch)
    {
        var shape = Shape;
        int registers = shape.RegistersOf(group);
        float* bins = shape.Spectrum(spectrum, sample);
        float* map = shape.Map(y, sample);
        for (int unit = firstUnit; unit < endUnit; unit++)
        {
            for (int i = 0; i < registers; i++)
            {
                int channel = FftShape<TLanes>.FirstChannel(group) + i * TLanes.Count;
                int lanes = shape.LanesAt(channel);
                float* plane = planes + i * shape.PlaneFloats;
                if (phase == 0) PlaneFft<TLanes>.ColumnInverse(shape, bins + channel, lanes, unit, plane, scratch);
                else PlaneFft<TLanes>.RowsInverse(shape, plane, unit, shape.Normalization, map + channel, lanes, scratch);
            }
        }
    }
}

/// <summary>
/// Rows of two feature maps into planes; each column forward, exchanged and back while it is in the cache; rows of the planes into the results.
/// The last phase alone writes, so the results may be the sources.
/// </summary>
readonly unsafe struct ExchangePlanes<TLanes>(FftShape<TLanes> shape, float* u, float* v, float* exchangedU, float* exchangedV)
    : IPlaneOperation<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    public static int Maps => 2;

    public static int Phases => 3;

    public FftShape<TLanes> Shape { get; } = shape;

    public int Units(int phase) => phase == 1 ? Shape.Bins : Shape.RowPairs;

    public void Run(int phase, int sample, int group, int firstUnit, int endUnit, float* planes, float* scratch)
    {
        var shape = Shape;
        int registers = shape.RegistersOf(group);
        for (int unit = firstUnit; unit < endUnit; unit++)
        {
            for (int i = 0; i < registers; i++)
            {
                int channel = FftShape<TLanes>.FirstChannel(group) + i * TLanes.Count;
                int lanes = shape.LanesAt(channel);
                float* planeU = planes + i * shape.PlaneFloats;
                float* planeV = planeU + shape.GroupFloats;
                switch (phase)
                {
                    case 0:
                        PlaneFft<TLanes>.RowsForward(shape, shape.Map(u, sample) + channel, lanes, unit, planeU, scratch);
                        PlaneFft<TLanes>.RowsForward(shape, shape.Map(v, sample) + channel, lanes, unit, planeV, scratch);
                        break;
                    case 1:
                        PlaneFft<TLanes>.ColumnExchange(shape, planeU, planeV, unit, scratch);
                        break;
                    default:
                        float* mapU = shape.Map(exchangedU, sample) + channel;
                        float* mapV = shape.Map(exchangedV, sample) + channel;
                        PlaneFft<TLanes>.RowsInverse(shape, planeU, unit, shape.Normalization, mapU, lanes, scratch);
                        PlaneFft<TLanes>.RowsInverse(shape, planeV, unit, shape.Normalization, mapV, lanes, scratch);
                        break;
                }
            }
        }
    }
}
