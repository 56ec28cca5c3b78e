using System.Diagnostics.CodeAnalysis;

namespace PgpSr.Restoration;

static class Throw
{
    [DoesNotReturn]
    public static void Option(string model, string option, string reason) =>
        throw new ArgumentException($"{option} {reason} (model '{model}')", option);
}
