using PgpSr.Imaging;
using PgpSr.Managed;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>A shipped model enlarges a synthetic picture, end to end. Shape: <c>model@side</c>, the side in pixels of the source.</summary>
sealed record PictureWork(string Model, int Side) : Work("picture", $"{Model}@{Side}")
{
    /// <summary>Of 8-bit values: 60 dB beside their root mean square.</summary>
    public override double Tolerance => 1.7e-3;

    /// <summary>40 dB.</summary>
    public override double RoundedTolerance => 1.7e-2;

    public override BackendWork Prepare(Backend backend, string form, DType weights, bool owned)
    {
        var work = new BackendWork(form, backend, weights, owned);
        SuperResolver resolver = work.Own(SuperResolver.Load(Model, backend));
        UpscalePlan plan = resolver.Plan(Side, Side, new UpscaleOptions());
        var source = new Image(Side, Side, 3);
        for (int row = 0; row < Side; row++)
        {
            Span<byte> pixels = source.Row(row);
            // Rings whose frequency rises outwards.
            for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)(127.5 + 100 * Math.Cos((0.2 + i % 3) * (row * row + i / 3 * (i / 3)) / (3.0 * Side)));
        }
        work.Flops = 2.0 * plan.MultiplyAdds;
        work.Memory = new WorkMemory(plan.PeakBytes, plan.PeakBytes, 0);
        Image? result = null;
        work.ReadsResult(() => [.. Enumerable.Range(0, result!.Height).SelectMany(row => result.Row(row).ToArray()).Select(value => (float)value)]);
        return work.Does(() => result = resolver.Upscale(source));
    }

    internal static Work? Parse(string operation, string shape) =>
        operation == "picture" && NetworkWork.Named(shape) is ({ } model, >= 8 and var side) && ModelCatalog.Names.Contains(model)
            ? new PictureWork(model, side) : null;
}
