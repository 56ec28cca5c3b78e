using System.Diagnostics.CodeAnalysis;
using PgpSr.Imaging.Codecs;

namespace PgpSr.Imaging;

static class Throw
{
    [DoesNotReturn]
    public static void Codec(string reason) => throw new CodecException(reason);

    [DoesNotReturn]
    public static T Codec<T>(string reason) => throw new CodecException(reason);

    [DoesNotReturn]
    public static void Truncated(string part) => throw new CodecException($"the file ends inside {part}; it is truncated");

    [DoesNotReturn]
    public static void SpanLength(string parameter, long expected, long found) =>
        throw new ArgumentException($"expected {expected} elements, found {found}", parameter);

    [DoesNotReturn]
    public static void Shape(string parameter, string message) => throw new ArgumentException(message, parameter);
}
