using System.Diagnostics.CodeAnalysis;

namespace PgpSr.Safetensors;

static class Throw
{
    [DoesNotReturn]
    public static void Broken(SafetensorsRule rule, string file, string? tensor, string reason, Exception? inner = null) =>
        throw new SafetensorsException(rule, file, tensor, reason, inner);

    [DoesNotReturn]
    public static void NotFound(string file, string tensor) =>
        throw new SafetensorsException(SafetensorsRule.TensorNotFound, file, tensor, "the file has no tensor of this name.");

    [DoesNotReturn]
    public static void TooLarge(string file, TensorEntry entry) =>
        throw new SafetensorsException(
            SafetensorsRule.TensorTooLarge,
            file,
            entry.Name,
            $"{entry.ByteCount} bytes ({entry.ElementCount} elements) do not fit one span or array; read it in parts, with an offset and a count.");

    [DoesNotReturn]
    public static void NotReal(string file, TensorEntry entry) =>
        throw new SafetensorsException(
            SafetensorsRule.DTypeNotReal,
            file,
            entry.Name,
            $"{entry.DType.Name()} has no defined value for a single element; read its bytes and decode them.");
}
