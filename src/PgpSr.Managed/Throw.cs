using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace PgpSr.Managed;

// Those that are thrown by an expression return the exception, so that the compiler sees the end of the path.
static class Throw
{
    public static MemoryBudgetException Budget(long budgetBytes, long smallestBytes) =>
        new(string.Create(
            CultureInfo.InvariantCulture, $"the smallest tiles need {UpscalePlan.Size(smallestBytes)} ({smallestBytes:N0} bytes), "
                + $"the budget is {UpscalePlan.Size(budgetBytes)}; raise it to at least that"), budgetBytes, smallestBytes);

    public static BrokenOutputException NotFinite(string model, UpscaleStage stage, int tile) =>
        new($"model '{model}' produced NaN or infinity in tile {tile}; its weights or the device are broken", stage, tile);

    public static BrokenOutputException Constant(string model, UpscaleStage stage, int tile) =>
        new($"model '{model}' produced a single value all over tile {tile}, where the source varies; its weights or the device are broken", stage,
            tile);

    [DoesNotReturn]
    public static void Option(string model, string option, string reason) =>
        throw new ArgumentException($"{option} {reason} (model '{model}')", option);
}
