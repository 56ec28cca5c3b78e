using System.Diagnostics.CodeAnalysis;

namespace PgpSr.Managed;

static class Throw
{
    [DoesNotReturn]
    public static void Budget(long budgetBytes, long smallestBytes) =>
        throw new MemoryBudgetException(
            $"the smallest tiles need {UpscalePlan.Size(smallestBytes)} ({smallestBytes:N0} bytes), the budget is {UpscalePlan.Size(budgetBytes)}; raise it to at least that",
            budgetBytes, smallestBytes);

    [DoesNotReturn]
    public static void NotFinite(string model, UpscaleStage stage, int tile) =>
        throw new BrokenOutputException($"model '{model}' gave numbers that are not finite in tile {tile}; its weights or the device are broken", stage, tile);

    [DoesNotReturn]
    public static void Constant(string model, UpscaleStage stage, int tile) =>
        throw new BrokenOutputException($"model '{model}' gave one and the same value all over tile {tile}, where the source varies; its weights or the device are broken", stage, tile);

    [DoesNotReturn]
    public static void Option(string model, string option, string reason) => throw new ArgumentException($"{option}: {reason} (model '{model}')", option);
}
