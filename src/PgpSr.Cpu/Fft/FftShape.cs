namespace PgpSr.Cpu;

/// <summary>
/// A batch of feature maps [N, H, W, C] cut into groups of channels, and the memory that a group's planes need. A plane is the half spectrum of one
/// register of channels: [H, W/2+1] complex points, a point being a register of real parts and one of imaginary parts.
/// </summary>
readonly unsafe struct FftShape<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    // A group is a cache line of channels, so that no line of the tensors is fetched twice. Two lines or more gain nothing at 512 bits: the planes
    // outgrow the second-level cache (measured, see the notebook).
    const int LineFloats = 16;

    public FftShape(int batch, int height, int width, int channels)
    {
        Batch = batch;
        Height = height;
        Width = width;
        Channels = channels;
        Bins = width / 2 + 1;
        RowPlan = FftPlans.For(width);
        ColumnPlan = FftPlans.For(height);
        GroupCount = (channels + LineFloats - 1) / LineFloats;
        // An odd number of points, so that the rows of a column fall into different sets of the cache whatever the width.
        RowPitch = 2 * (nint)(Bins | 1) * TLanes.Count;
        PlaneFloats = checked(height * RowPitch);
        int longest = Math.Max(height, width);
        Staging = checked((nint)Math.Max(RowPlan.WorkLines, ColumnPlan.WorkLines) * TLanes.Count);
        ColumnBuffers = checked(Staging + 2 * (nint)longest * TLanes.Count);
        ScratchFloats = checked(ColumnBuffers + 4 * (nint)height * TLanes.Count);
    }

    public int Batch { get; }

    public int Height { get; }

    public int Width { get; }

    public int Channels { get; }

    /// <summary>Width / 2 + 1.</summary>
    public int Bins { get; }

    public FftPlan RowPlan { get; }

    public FftPlan ColumnPlan { get; }

    /// <summary>Groups of one sample: cache lines of channels.</summary>
    public int GroupCount { get; }

    /// <summary>Row pairs: two real rows are transformed as one complex line.</summary>
    public int RowPairs => (Height + 1) / 2;

    /// <summary>Floats between the rows of a plane.</summary>
    public nint RowPitch { get; }

    public nint PlaneFloats { get; }

    /// <summary>Floats of all planes of a group, for one feature map.</summary>
    public nint GroupFloats => PlaneFloats * (LineFloats / TLanes.Count);

    /// <summary>Where a worker's scratch holds a line for partial registers, after the plan's working memory; in floats.</summary>
    public nint Staging { get; }

    /// <summary>Where it holds the two column spectra of a phase exchange.</summary>
    public nint ColumnBuffers { get; }

    /// <summary>A worker's scratch beside planes: a few lines, about 10 max(H, W) registers, four times that for a chirp.</summary>
    public nint ScratchFloats { get; }

    /// <summary>1 / (H W): what an inverse multiplies by.</summary>
    public float Normalization => (float)(1.0 / ((double)Height * Width));

    /// <summary>First pixel of a sample of a feature map.</summary>
    public float* Map(float* tensor, int sample) => tensor + (nint)sample * Height * Width * Channels;

    /// <summary>First bin of a sample of a spectrum.</summary>
    public float* Spectrum(float* tensor, int sample) => tensor + (nint)sample * Height * Bins * 2 * Channels;

    /// <summary>First channel of a group.</summary>
    public static int FirstChannel(int group) => group * LineFloats;

    /// <summary>Registers of channels that a group really has.</summary>
    public int RegistersOf(int group) => (Math.Min(LineFloats, Channels - FirstChannel(group)) + TLanes.Count - 1) / TLanes.Count;

    /// <summary>Channels in a register that begins with channel <paramref name="first"/>.</summary>
    public int LanesAt(int first) => Math.Min(TLanes.Count, Channels - first);
}
