using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using PgpSr.Safetensors;

namespace PgpSr.PyTorchZip;

/// <summary>
/// The globals that a checkpoint of tensors and plain containers uses, and what calling them gives. Any other name is an inert token: it may be the
/// key of a dictionary (training frameworks file their callbacks' state under the callback's class) and nothing else.
/// </summary>
static class PickleGlobals
{
    // PyTorch's own limit for most operations. Without one, a pickle could recall one long tuple for each of many tensors.
    const int MaxRank = 64;

    static readonly Dictionary<string, PickleGlobal> s_known = Known().ToDictionary(global => global.Name, StringComparer.Ordinal);

    /// <summary>What a name stands for: one on the list, or an inert token, which <see cref="Refuse"/>s whatever would give it a meaning.</summary>
    public static PickleGlobal Find(string module, string name)
    {
        var full = $"{module}.{name}";
        return s_known.TryGetValue(full, out var global) ? global : new PickleGlobal(full, PickleGlobalKind.Inert);
    }

    /// <summary>A name that is on no list stands where it would mean something.</summary>
    [DoesNotReturn]
    public static void Refuse(PickleGlobal inert, string file) => Throw.Refused(
        PyTorchZipRule.GlobalRefused, file, inert.Name,
        "the pickle refers to this class or function; only tensors in plain containers are supported, and code is never run. " +
        "Save the model's state_dict alone, or ask its publisher for a safetensors file.");

    /// <summary>What a persistent id stands for: ("storage", class, key, location, count).</summary>
    public static PickleStorage Storage(object? id, string file)
    {
        // The format before PyTorch 1.6 adds a view, which it never wrote for tensors.
        if (id is object?[] { Length: 5 or 6 } parts
            && (parts.Length == 5 || parts[5] is null)
            && parts[0] is "storage"
            && parts[1] is PickleGlobal { Kind: PickleGlobalKind.Storage } type
            && parts[2] is string key
            && parts[4] is long and >= 0 and var count)
        {
            return new(key, type.DType, count);
        }

        Throw.Refused(
            PyTorchZipRule.StorageInvalid, file, null,
            "the pickle describes a storage by something other than type, key, location and count.");
        return null;
    }

    public static object Call(PickleGlobal function, object?[] arguments, string file)
    {
        switch (function.Kind)
        {
            case PickleGlobalKind.Inert:
                Refuse(function, file);
                return null;
            case PickleGlobalKind.OrderedDictionary when arguments.Length == 0:
                return new PickleDictionary();
            case PickleGlobalKind.Size when arguments is [object?[] dimensions]:
                return dimensions;
            case PickleGlobalKind.RebuildParameter when arguments is [PickleTensor tensor, ..]:
                return tensor;
            // storage, offset, shape, strides, then what only training needs; a seventh argument flags a lazily conjugated or negated view.
            case PickleGlobalKind.RebuildTensor when arguments is
                [PickleStorage { DType: { } dtype } storage, long offset, object?[] shape, object?[] strides, ..]
                && arguments.Length <= 7 && IsNothing(arguments.ElementAtOrDefault(6)):
                return new PickleTensor(storage, dtype, offset, Longs(shape, function, file), Longs(strides, function, file));
            case PickleGlobalKind.RebuildTensorWithDType when arguments is
                [PickleStorage storage, long offset, object?[] shape, object?[] strides, _, _,
                    PickleGlobal { Kind: PickleGlobalKind.DType } element, ..]
                && arguments.Length <= 8 && IsNothing(arguments.ElementAtOrDefault(7)):
                return new PickleTensor(storage, element.DType!.Value, offset, Longs(shape, function, file), Longs(strides, function, file));
            default:
                Throw.Refused(PyTorchZipRule.CallRefused, file, function.Name, "the pickle calls it with invalid arguments.");
                return null;
        }
    }

    static bool IsNothing(object? metadata) => metadata is null or PickleDictionary { Items.Count: 0 };

    static ImmutableArray<long> Longs(object?[] items, PickleGlobal function, string file)
    {
        if (items.Length > MaxRank) Throw.Refused(PyTorchZipRule.CallRefused, file, function.Name, $"a tensor has {items.Length} dimensions.");
        var numbers = ImmutableArray.CreateBuilder<long>(items.Length);
        foreach (var item in items)
        {
            if (item is long number) numbers.Add(number);
            else Throw.Refused(PyTorchZipRule.CallRefused, file, function.Name, "a dimension or stride is not a whole number.");
        }

        return numbers.MoveToImmutable();
    }

    static IEnumerable<PickleGlobal> Known()
    {
        yield return new("collections.OrderedDict", PickleGlobalKind.OrderedDictionary);
        yield return new("torch.Size", PickleGlobalKind.Size);
        yield return new("torch._utils._rebuild_tensor", PickleGlobalKind.RebuildTensor);
        yield return new("torch._utils._rebuild_tensor_v2", PickleGlobalKind.RebuildTensor);
        yield return new("torch._utils._rebuild_tensor_v3", PickleGlobalKind.RebuildTensorWithDType);
        yield return new("torch._utils._rebuild_parameter", PickleGlobalKind.RebuildParameter);
        // Counted in bytes; the tensor says what they are.
        yield return new("torch.UntypedStorage", PickleGlobalKind.Storage);
        yield return new("torch.storage.UntypedStorage", PickleGlobalKind.Storage);

        (string Storage, string[] Names, SafetensorsDType DType)[] types =
        [
            ("DoubleStorage", ["float64", "double"], SafetensorsDType.Float64),
            ("FloatStorage", ["float32", "float"], SafetensorsDType.Float32),
            ("HalfStorage", ["float16", "half"], SafetensorsDType.Float16),
            ("BFloat16Storage", ["bfloat16"], SafetensorsDType.BFloat16),
            ("LongStorage", ["int64", "long"], SafetensorsDType.Int64),
            ("IntStorage", ["int32", "int"], SafetensorsDType.Int32),
            ("ShortStorage", ["int16", "short"], SafetensorsDType.Int16),
            ("CharStorage", ["int8"], SafetensorsDType.Int8),
            ("ByteStorage", ["uint8"], SafetensorsDType.UInt8),
            ("BoolStorage", ["bool"], SafetensorsDType.Bool),
            ("ComplexFloatStorage", ["complex64", "cfloat"], SafetensorsDType.Complex64),
            // These have no storage class of their own.
            ("", ["uint16"], SafetensorsDType.UInt16),
            ("", ["uint32"], SafetensorsDType.UInt32),
            ("", ["uint64"], SafetensorsDType.UInt64),
            ("", ["float8_e4m3fn"], SafetensorsDType.Float8E4M3),
            ("", ["float8_e5m2"], SafetensorsDType.Float8E5M2),
            ("", ["float8_e4m3fnuz"], SafetensorsDType.Float8E4M3Fnuz),
            ("", ["float8_e5m2fnuz"], SafetensorsDType.Float8E5M2Fnuz),
            ("", ["float8_e8m0fnu"], SafetensorsDType.Float8E8M0),
        ];
        foreach (var (storage, names, dtype) in types)
        {
            if (storage.Length > 0) yield return new($"torch.{storage}", PickleGlobalKind.Storage, dtype);
            foreach (var name in names) yield return new($"torch.{name}", PickleGlobalKind.DType, dtype);
        }
    }
}
