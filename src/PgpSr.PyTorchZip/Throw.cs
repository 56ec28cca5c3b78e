using System.Diagnostics.CodeAnalysis;

namespace PgpSr.PyTorchZip;

static class Throw
{
    // Names come from untrusted bytes and can be of any length.
    const int LongestName = 200;

    [DoesNotReturn]
    public static void Refused(PyTorchZipRule rule, string file, string? culprit, string reason) =>
        throw new PyTorchZipException(rule, file, Excerpt(culprit), reason);

    [DoesNotReturn]
    public static void Malformed(string file, string reason) => throw new PyTorchZipException(PyTorchZipRule.PickleMalformed, file, null, reason);

    static string? Excerpt(string? name) => name?.Length > LongestName ? string.Concat(name.AsSpan(0, LongestName), "…") : name;
}
