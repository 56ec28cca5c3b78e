using System.Collections.Immutable;
using PgpSr.Safetensors;

namespace PgpSr.PyTorchZip;

/// <summary>Walks the containers that a pickle built, names the tensors in them and checks each against its storage in the archive.</summary>
sealed class TensorTable(string file, Func<string, (long Offset, long Length)> locate, long maxVisits)
{
    // State dicts nest two or three deep; a container that holds itself would never end.
    const int MaxDepth = 32;

    // The longest keys of diffusers have about 100 characters.
    public const int MaxName = 1024;

    // Characters of all names: a small pickle could give millions of tensors the longest name there is. Real files have some 100,000.
    const long MaxNames = 1 << 26;

    readonly OrderedDictionary<string, PyTorchTensor> _tensors = [];
    readonly Dictionary<string, (long Offset, long Length)> _storages = new(StringComparer.Ordinal);
    long _visits, _names;

    public ImmutableArray<PyTorchTensor> Tensors => [.. _tensors.Values];

    public void Add(object? root)
    {
        if (root is not (PickleDictionary or PickleList or object?[]))
            Throw.Refused(PyTorchZipRule.KeyInvalid, file, null, "the pickle holds no dictionary or list of tensors.");
        Visit("", root, 0);
    }

    void Visit(string name, object? value, int depth)
    {
        // A container that is recalled many times is walked many times: a small pickle could describe a walk without end.
        if (depth > MaxDepth || ++_visits > maxVisits || (_names += name.Length) > MaxNames)
            Throw.Refused(PyTorchZipRule.TooDeep, file, name, "containers are nested too deeply, or hold each other.");
        switch (value)
        {
            case PickleDictionary dictionary:
                foreach (var (key, item) in dictionary.Items) Visit(Join(name, key), item, depth + 1);
                break;
            case PickleList list:
                for (var i = 0; i < list.Items.Count; i++) Visit(Join(name, (long)i), list.Items[i], depth + 1);
                break;
            case object?[] tuple:
                for (var i = 0; i < tuple.Length; i++) Visit(Join(name, (long)i), tuple[i], depth + 1);
                break;
            case PickleTensor tensor:
                if (!_tensors.TryAdd(name, Check(name, tensor))) Throw.Refused(PyTorchZipRule.KeyInvalid, file, name, "two tensors have this name.");
                break;
            case PickleGlobal { Kind: PickleGlobalKind.Inert } inert:
                PickleGlobals.Refuse(inert, file);
                break;
            default:
                // Numbers, strings and None: steps, versions, hyperparameters.
                break;
        }
    }

    string Join(string parent, object key)
    {
        var text = key as string ?? (key as PickleGlobal)?.Name ?? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{key}");
        if (parent.Length + text.Length >= MaxName)
            Throw.Refused(PyTorchZipRule.KeyInvalid, file, text, $"a name is longer than {MaxName} characters.");
        return parent.Length == 0 ? text : $"{parent}.{text}";
    }

    PyTorchTensor Check(string name, PickleTensor tensor)
    {
        if (tensor.Offset < 0 || tensor.Shape.Any(d => d < 0) || tensor.Strides.Length != tensor.Shape.Length)
            Throw.Refused(
                PyTorchZipRule.TensorInvalid, file, name,
                "its offset or a dimension is negative, or it does not have one stride for each dimension.");
        try
        {
            checked
            {
                var count = tensor.Shape.Aggregate(1L, (a, b) => checked(a * b));
                CheckStrides(name, tensor, count);
                var width = tensor.DType.BitCount() / 8;
                var storage = Find(tensor.Storage);
                var (begin, bytes) = (tensor.Offset * width, count * width);
                if (bytes > storage.Length - begin && count > 0)
                {
                    Throw.Refused(
                        PyTorchZipRule.TensorInvalid, file, name,
                        $"its bytes {begin} to {begin + bytes} lie outside its storage '{tensor.Storage.Key}' of {storage.Length} bytes.");
                }

                // An empty tensor may point anywhere.
                return new(name, tensor.DType, tensor.Shape, count, count == 0 ? storage.Offset : storage.Offset + begin, bytes);
            }
        }
        catch (OverflowException)
        {
            Throw.Refused(PyTorchZipRule.TensorInvalid, file, name, "the product of its dimensions, or its place, does not fit 63 bits.");
            return null;
        }
    }

    // Row-major: each stride is the product of the dimensions after it. A dimension of one element has no use for its stride.
    void CheckStrides(string name, PickleTensor tensor, long count)
    {
        var expected = 1L;
        for (var i = tensor.Shape.Length - 1; i >= 0 && count > 0; i--)
        {
            if (tensor.Shape[i] != 1 && tensor.Strides[i] != expected)
            {
                Throw.Refused(
                    PyTorchZipRule.TensorNotContiguous, file, name,
                    $"its shape [{string.Join(", ", tensor.Shape)}] has strides [{string.Join(", ", tensor.Strides)}]; " +
                    "only row-major tensors are supported. Save it after .contiguous().");
            }

            expected = checked(expected * tensor.Shape[i]);
        }
    }

    (long Offset, long Length) Find(PickleStorage storage)
    {
        if (!_storages.TryGetValue(storage.Key, out var place)) _storages.Add(storage.Key, place = locate(storage.Key));
        var width = storage.DType is { } dtype ? dtype.BitCount() / 8 : 1;
        if (checked(storage.Count * width) != place.Length)
        {
            Throw.Refused(
                PyTorchZipRule.StorageInvalid, file, storage.Key,
                $"the storage has {storage.Count} elements of {width} bytes according to the pickle, but {place.Length} bytes in the archive.");
        }

        return place;
    }
}
