using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Sampling;

namespace PgpSr.Restoration;

/// <summary>
/// How a FaithDiff checkpoint wants to be run: the released values (method 3.7, FaithDiff's inference script), or what the checkpoint's own
/// <see cref="FileName"/> says. Options of a run come before both.
/// </summary>
sealed record FaithDiffSettings
{
    /// <summary>The optional file in a checkpoint folder that holds settings.</summary>
    public const string FileName = "pgpsr.json";

    /// <summary>Least side of a tile in latent positions: SDXL's UNet halves it twice, and 64 pixels still show something.</summary>
    public const int SmallestTile = 8;

    /// <summary>Network evaluations; a single one for one-step checkpoints.</summary>
    public int Steps { get; init; } = 20;

    /// <summary>Classifier-free guidance; 1 for none, which halves the work.</summary>
    public float Guidance { get; init; } = 5;

    /// <summary>What sampling begins with.</summary>
    public FaithDiffStart Start { get; init; }

    /// <summary>The formula of a one-step checkpoint (method 2.5, a reconstruction), or null for a checkpoint that samples in steps.</summary>
    public OneStep? OneStep { get; init; }

    /// <summary>Side of a latent tile in latent positions of 8 pixels; at least 8.</summary>
    public int LatentTile { get; init; } = 128;

    /// <summary>The last two of the six numbers that the network is told: the side of the pictures it was trained for, in pixels.</summary>
    public int SizeTarget { get; init; } = 1024;

    /// <summary>How many times larger the result is, unless a run asks for another size.</summary>
    public int Scale { get; init; } = 4;

    /// <summary>How the result is given the colors of the enlarged source.</summary>
    public ColorFixMethod ColorFix { get; init; } = ColorFixMethod.AdaIn;

    /// <summary>Where phase-exchange adapters sit; null to see it by the checkpoint's keys.</summary>
    public PhasePlacement? Phase { get; init; }

    /// <summary>Solver and placement of steps; from the checkpoint's <c>scheduler_config.json</c> where there is one.</summary>
    public SchedulerConfig Scheduler { get; init; } = new();

    /// <summary>What a checkpoint folder's own <see cref="FileName"/> says, over some defaults; null for a folder without one.</summary>
    /// <param name="folder">The checkpoint folder.</param>
    /// <param name="defaults">Of what the file leaves out; null for the released values.</param>
    /// <exception cref="ConfigException">The file is no JSON, or holds a setting that cannot be followed.</exception>
    public static FaithDiffSettings? Find(string folder, FaithDiffSettings? defaults = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        string file = Path.Combine(folder, FileName);
        return File.Exists(file) ? FaithDiffSettingsJson.Read(file, defaults ?? new FaithDiffSettings()) : null;
    }
}
