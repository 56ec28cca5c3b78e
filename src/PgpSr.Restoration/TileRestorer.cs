using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Sampling;
using PgpSr.Tensors;

namespace PgpSr.Restoration;

/// <summary>
/// A family of models that restores a picture tile by tile, each tile whole: what is asked of it to plan a run and to run it. Knows neither pictures nor
/// tilings, so that a rehearsal and a measurement run the same code.
/// </summary>
abstract class TileRestorer : IDisposable
{
    /// <summary>How many times larger the result is, in each direction.</summary>
    public abstract int Scale { get; }

    /// <summary>Sides of a tile are multiples of so many pixels of the source.</summary>
    public abstract int TileMultiple { get; }

    /// <summary>Whether the result is what the restored tile has over the enlarged degraded one.</summary>
    public abstract bool AddsEnlarged { get; }

    /// <summary>The shorter side of what the networks were trained on, in pixels of the source: a smaller picture is enlarged to it first.</summary>
    public virtual int LeastSide => 1;

    /// <summary>How the degraded tile is enlarged, for the network and for colors.</summary>
    public virtual ResizeFilter Enlargement => ResizeFilter.Bicubic;

    /// <summary>Whether the result ends at black and white before colors are fixed.</summary>
    public virtual bool ClampsResult => false;

    /// <summary>
    /// Whether a picture that does not fill whole multiples is continued by its mirror image, as PyTorch's <c>reflect</c> does, and not by its last row
    /// and column.
    /// </summary>
    public virtual bool MirrorsBorder => false;

    /// <summary>Longest side of a tile in pixels of the source where none is given.</summary>
    public virtual int DefaultTile => 512;

    /// <summary>Pixels of the source that neighboring tiles share where no number is given: 128 of a fourfold result fade what is left of
    /// seams beyond sight (within 2 %: SeamTests).</summary>
    public virtual int DefaultOverlap => 32;

    /// <summary>
    /// Activations of a tile where neither a tile nor a budget is given: the whole process then stays below 700 MB. A matter of the model alone, not
    /// of the machine's memory or threads, so that neither is the result.
    /// </summary>
    public virtual long DefaultArenaBytes => 400_000_000;

    /// <summary>Numbers in the checkpoint.</summary>
    public abstract long ParameterCount { get; }

    /// <summary>Bytes of the weights.</summary>
    public abstract long WeightBytes { get; }

    /// <summary>Why so many steps are refused, or null.</summary>
    public abstract string? Refuses(int steps);

    /// <summary>Whether the enlarged tile goes in.</summary>
    public abstract bool NeedsEnlarged(int steps);

    /// <summary>Channels of the unit noise that goes in; 0 for none.</summary>
    public abstract int NoiseChannels(int steps);

    /// <summary>Positions of the network's latent, where noise stands, for pixels of the source: of a tile's size or its place.</summary>
    public abstract int LatentLength(int pixels);

    /// <summary>Gives unit noise the spread that the model was trained with.</summary>
    public virtual void ShapeNoise(Span<float> noise) { }

    /// <summary>Where the network is evaluated.</summary>
    public abstract IReadOnlyList<double> Timesteps(int steps);

    /// <summary>Restores a tile.</summary>
    /// <param name="ws">Workspace.</param>
    /// <param name="degraded">[1, h, w, 3] in [-1, 1], sides multiples of <see cref="TileMultiple"/>; kept.</param>
    /// <param name="enlarged">[1, h s, w s, 3] where <see cref="NeedsEnlarged"/>; kept.</param>
    /// <param name="noise">Noise, shaped by <see cref="ShapeNoise"/>, [1, latent h, latent w, <see cref="NoiseChannels"/>] unless that is 0; kept.</param>
    /// <param name="steps">Evaluations.</param>
    /// <param name="observe">Called after each evaluation, or null.</param>
    /// <param name="probe">Looks at features on their way, or null.</param>
    /// <param name="evaluating">Called before each evaluation, with a probe before each that it sees; or null.</param>
    /// <returns>[1, h s, w s, 3].</returns>
    public abstract Tensor Restore(
        Workspace ws, Tensor degraded, Tensor? enlarged, Tensor? noise, int steps, Action<SamplerStep>? observe, FeatureProbe? probe = null,
        Action? evaluating = null);

    /// <summary>Gives the weights back.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="Dispose()"/>
    protected abstract void Dispose(bool disposing);
}
