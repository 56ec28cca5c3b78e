using System.Collections.Immutable;
using PgpSr.Safetensors;

namespace PgpSr.PyTorchZip;

// What a pickle can build here, besides null, bool, long, double, string and object?[] (a tuple).

/// <summary>A list.</summary>
sealed class PickleList
{
    public List<object?> Items { get; } = [];
}

/// <summary>A dictionary, ordered or not; its keys are strings, longs and inert names.</summary>
sealed class PickleDictionary
{
    public OrderedDictionary<object, object?> Items { get; } = [];
}

/// <summary>A name with what it stands for: something known to be harmless, or nothing at all.</summary>
sealed record PickleGlobal(string Name, PickleGlobalKind Kind, SafetensorsDType? DType = null);

/// <summary>A block of elements in the archive; <paramref name="DType"/> is null for one that is counted in bytes.</summary>
sealed record PickleStorage(string Key, SafetensorsDType? DType, long Count);

/// <summary>A view of a storage, as the pickle describes it; nothing has been checked yet.</summary>
sealed record PickleTensor(PickleStorage Storage, SafetensorsDType DType, long Offset, ImmutableArray<long> Shape, ImmutableArray<long> Strides);

/// <summary>What a known global stands for.</summary>
enum PickleGlobalKind
{
    OrderedDictionary,
    Size,
    Storage,
    DType,
    RebuildTensor,
    RebuildTensorWithDType,
    RebuildParameter,
    Inert,
}
