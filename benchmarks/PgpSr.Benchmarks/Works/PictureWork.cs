using PgpSr.CommandLine;
using PgpSr.Imaging;
using PgpSr.Managed;

namespace PgpSr.Benchmarks;

/// <summary>A shipped model enlarges a synthetic picture, end to end. Shape: <c>model@side</c>, the side in pixels of the source.</summary>
sealed record PictureWork(string Model, int Side) : Work("picture", $"{Model}@{Side}")
{
    /// <summary>Of 8-bit values: 60 dB beside their root mean square.</summary>
    public override double Tolerance => 1.7e-3;

    /// <summary>40 dB.</summary>
    public override double RoundedTolerance => 1.7e-2;

    protected override Action Prepared(BackendWork work)
    {
        SuperResolver resolver = work.Own(SuperResolver.Load(Model, work.Backend));
        UpscalePlan plan = resolver.Plan(Side, Side, new UpscaleOptions());
        (work.Flops, work.PeakBytes) = (2.0 * plan.MultiplyAdds, plan.PeakBytes);
        Image source = SyntheticPicture.Create(Side, Side);
        Image? result = null;
        work.Read = () => [.. Enumerable.Range(0, result!.Height).SelectMany(row => result.Row(row).ToArray()).Select(value => (float)value)];
        return () => result = resolver.Upscale(source);
    }

    internal static Work? Parse(string operation, string shape) =>
        operation == "picture" && NetworkWork.Named(shape) is ({ } model, >= 8 and var side) && ModelCatalog.Names.Contains(model)
            ? new PictureWork(model, side) : null;
}
