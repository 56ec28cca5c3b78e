using System.Diagnostics.CodeAnalysis;

namespace PgpSr.Pruning;

static class Throw
{
    [DoesNotReturn]
    public static void NotAModel(string path, string reason) => throw new PruningException(PruningFault.NotAModel, path, reason);

    [DoesNotReturn]
    public static void NoPictures(string path, string reason) => throw new PruningException(PruningFault.NoPictures, path, reason);

    [DoesNotReturn]
    public static void PlanMisfit(string what, string reason) => throw new PruningException(PruningFault.PlanMisfit, what, reason);

    [DoesNotReturn]
    public static void Malformed(string path, string reason, Exception? inner = null) =>
        throw new PruningException(PruningFault.Malformed, path, reason, inner);

    [DoesNotReturn]
    public static void OutputExists(string path, string reason) => throw new PruningException(PruningFault.OutputExists, path, reason);

    [DoesNotReturn]
    public static void Overflow(string tensor, string reason) => throw new PruningException(PruningFault.Overflow, tensor, reason);

    [DoesNotReturn]
    public static void NotFinite(string what, string reason) => throw new PruningException(PruningFault.NotFinite, what, reason);

    [DoesNotReturn]
    public static void Unsupported(string what, string reason) => throw new PruningException(PruningFault.Unsupported, what, reason);
}
