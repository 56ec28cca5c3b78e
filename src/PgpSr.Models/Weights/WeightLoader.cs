using System.Collections.Immutable;
using System.Runtime.InteropServices;
using PgpSr.Tensors;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace PgpSr.Models;

/// <summary>
/// Loads a network: hands out scopes that mirror the checkpoint's keys, packs each tensor for the backend as it is asked for, and remembers what was
/// wrong. The walk over a network's layers runs twice: first without a source, when it only declares keys and shapes, so that a checkpoint that does
/// not fit is refused before anything is packed; then to load. Either way every missing, unexpected, misshapen or non-finite tensor is reported at
/// once.
/// </summary>
sealed class WeightLoader
{
    readonly WeightSource? _source;
    readonly Backend? _backend;
    readonly HashSet<string> _used = new(StringComparer.Ordinal);
    readonly List<WeightProblem> _problems = [];
    readonly List<IDisposable> _owned = [];
    readonly List<TensorDeclaration> _declared = [];
    readonly CancellationToken _cancellation;
    long _parameters;
    long _bytes;

    WeightLoader(WeightSource source, Backend backend, CancellationToken cancellation)
    {
        _source = source;
        _backend = backend;
        _cancellation = cancellation;
    }

    WeightLoader()
    {
    }

    /// <summary>Every tensor that a network asks for, in its order.</summary>
    public static ImmutableArray<TensorDeclaration> Declare<T, TConfig>(TConfig config, Func<WeightScope, TConfig, T> build)
        where T : LoadedNetwork<TConfig>
    {
        ArgumentNullException.ThrowIfNull(config);
        var loader = new WeightLoader();
        build(loader.Root, config).Dispose();
        return [.. loader._declared];
    }

    /// <summary>Builds a network from a source whose every tensor it must use.</summary>
    /// <exception cref="WeightsException">Lists every missing, unexpected, misshapen or non-finite tensor.</exception>
    /// <exception cref="OperationCanceledException">Cancelled between two tensors; everything was given back.</exception>
    public static T Load<T, TConfig>(
        WeightSource source, Backend backend, TConfig config, Func<WeightScope, TConfig, T> build, CancellationToken cancellation)
        where T : LoadedNetwork<TConfig>
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(config);
        var loader = new WeightLoader(source, backend, cancellation);
        loader.Refuse(Declare(config, build));
        try
        {
            var network = build(loader.Root, config);
            loader.ThrowIfAnyProblem();
            network.Own(loader._owned, loader._parameters, loader._bytes);
            return network;
        }
        catch
        {
            // What was loaded so far goes back, after a failure or a cancellation.
            foreach (var thing in loader._owned) thing.Dispose();
            throw;
        }
    }

    public WeightScope Root => new(this, "");

    public Tensor Parameter(string name, int count)
    {
        if (!Find(name, new Shape(count), out string key)) return null!; // recorded, and thrown before anybody uses the network
        var tensor = Own(_backend!.CreateTensor(Checked(_source!.Read(key))));
        _bytes += tensor.ByteCount;
        return tensor;
    }

    public PackedConv2d Conv2d(string path, int inputs, int outputs, Conv2dGeometry geometry, bool bias)
    {
        bool found = Find($"{path}.weight", new Shape(outputs, inputs, geometry.KernelHeight, geometry.KernelWidth), out string key);
        byte[]? biasBytes = ReadBias(path, outputs, bias, out var biasType, ref found);
        if (!found) return null!;
        var biasTensor = biasBytes is null ? default : new HostTensor($"{path}.bias", biasType, new Shape(outputs), biasBytes);
        return Own(_backend!.PackConv2d(Checked(_source!.Read(key)), biasTensor, geometry));
    }

    public PackedLinear Linear(string path, int inputs, int outputs, bool bias, LinearForm form, string weight = "weight", string biasName = "bias")
    {
        string separator = path.Length == 0 ? "" : ".";
        int rows = form == LinearForm.Geglu ? 2 * outputs : outputs;
        bool found = Find($"{path}{separator}{weight}", new Shape(rows, inputs), out string key, convolution1x1: true);
        byte[]? biasBytes = ReadBias(path + separator, rows, bias, out var biasType, ref found, biasName);
        if (!found) return null!;
        var biasTensor = biasBytes is null ? default : new HostTensor($"{path}{separator}{biasName}", biasType, new Shape(rows), biasBytes);
        var stored = Checked(_source!.Read(key));
        return Own(_backend!.PackLinear(new HostTensor(key, stored.Type, new Shape(rows, inputs), stored.Bytes), biasTensor, form));
    }

    /// <summary>Rows <paramref name="first"/> .. first+outputs of a matrix that several layers share (torch's <c>in_proj_weight</c>), as a
    /// layer.</summary>
    public PackedLinear LinearRows(string weight, string bias, int totalRows, int first, int inputs, int outputs)
    {
        bool found = Find(weight, new Shape(totalRows, inputs), out string key);
        found &= Find(bias, new Shape(totalRows), out string biasKey);
        if (!found) return null!;
        var storedBias = Checked(_source!.Read(biasKey));
        byte[] biasBytes = storedBias.Bytes.Slice(first * storedBias.Type.Size(), outputs * storedBias.Type.Size()).ToArray();
        var biasTensor = new HostTensor(biasKey, storedBias.Type, new Shape(outputs), biasBytes);
        var stored = Checked(_source.Read(key));
        int rowBytes = inputs * stored.Type.Size();
        var rows = new HostTensor(key, stored.Type, new Shape(outputs, inputs), stored.Bytes.Slice(first * rowBytes, outputs * rowBytes));
        return Own(_backend!.PackLinear(rows, biasTensor));
    }

    /// <summary>A table kept in host memory in its file's width.</summary>
    public EmbeddingTable Table(string name, int rows, int width)
    {
        if (!Find(name, new Shape(rows, width), out string key)) return null!;
        var stored = Checked(_source!.Read(key));
        _bytes += stored.Bytes.Length;
        return new EmbeddingTable(stored.Type, rows, width, stored.Bytes.ToArray());
    }

    // Compares what is declared with what there is, before anything is packed. A checkpoint that does not fit is then looked through wholly, so that
    // one report says all that is wrong with it.
    void Refuse(ImmutableArray<TensorDeclaration> declared)
    {
        var found = new List<string>();
        foreach (var (name, shape) in declared)
            if (Find(name, shape, out string key, convolution1x1: shape.Rank == 2)) found.Add(key);
        foreach (string key in _source!.Keys)
        {
            if (_used.Contains(key) || WeightMap.IsIgnored(key)) continue;
            _source.TryDescribe(key, out var description);
            _problems.Add(new WeightProblem(WeightProblemKind.Unexpected, key,
                $"{description!.TypeName} {description.Shape}, used by no layer of this configuration"));
        }
        if (_problems.Count > 0)
            foreach (string key in found) Checked(_source.Read(key));
        ThrowIfAnyProblem();
        _used.Clear();
        _parameters = 0;
    }

    void ThrowIfAnyProblem()
    {
        if (_problems.Count > 0)
            throw new WeightsException(_source!.Name, [.. _problems.OrderBy(p => p.Kind).ThenBy(p => p.Name, StringComparer.Ordinal)]);
    }

    byte[]? ReadBias(string path, int outputs, bool bias, out DType type, ref bool found, string biasName = ".bias")
    {
        type = default;
        if (!bias) return null;
        if (!Find(path + biasName, new Shape(outputs), out string key))
        {
            found = false;
            return null;
        }
        if (!found) return null;
        var stored = Checked(_source!.Read(key));
        type = stored.Type;
        return stored.Bytes.ToArray();
    }

    bool Find(string name, Shape expected, out string key, bool convolution1x1 = false)
    {
        _cancellation.ThrowIfCancellationRequested();
        key = name;
        if (_source is null)
        {
            // A tensor that two layers share is declared once.
            if (_used.Add(name)) _declared.Add(new TensorDeclaration(name, expected));
            return false;
        }
        key = WeightMap.Find(_source, name);
        bool first = _used.Add(key);
        if (!_source.TryDescribe(key, out var found))
        {
            _problems.Add(new WeightProblem(WeightProblemKind.Missing, name, $"expected {expected}"));
            return false;
        }
        bool fits = found.Shape == expected || (convolution1x1 && found.Shape == new Shape(expected[0], expected[1], 1, 1));
        if (!fits)
        {
            _problems.Add(new WeightProblem(WeightProblemKind.Misshapen, key,
                $"expected {expected}, the checkpoint holds {found.TypeName} {found.Shape}"));
            return false;
        }
        if (found.Type is null)
        {
            _problems.Add(new WeightProblem(WeightProblemKind.Mistyped, key, $"{found.TypeName}; F32, F16 and BF16 are loaded"));
            return false;
        }
        if (first) _parameters += expected.Count;
        return true;
    }

    HostTensor Checked(HostTensor tensor)
    {
        if (!Finite(tensor))
            _problems.Add(new WeightProblem(WeightProblemKind.NonFinite, tensor.Name!, $"{tensor.Type} {tensor.Shape} contains infinity or NaN"));
        return tensor;
    }

    static bool Finite(HostTensor tensor) => tensor.Type switch
    {
        DType.F32 => Primitives.IsFiniteAll(MemoryMarshal.Cast<byte, float>(tensor.Bytes)),
        DType.F16 => NoExponentFull(MemoryMarshal.Cast<byte, ushort>(tensor.Bytes), 0x7c00),
        _ => NoExponentFull(MemoryMarshal.Cast<byte, ushort>(tensor.Bytes), 0x7f80),
    };

    // A number is infinite or NaN exactly if all bits of its exponent are set.
    static bool NoExponentFull(ReadOnlySpan<ushort> bits, ushort exponent)
    {
        const int block = 4096; // on the stack, and in the first-level cache
        Span<ushort> masked = stackalloc ushort[block];
        for (int i = 0; i < bits.Length; i += block)
        {
            var part = bits.Slice(i, Math.Min(block, bits.Length - i));
            Primitives.BitwiseAnd(part, exponent, masked[..part.Length]);
            if (masked[..part.Length].Contains(exponent)) return false;
        }
        return true;
    }

    T Own<T>(T thing)
        where T : IDisposable
    {
        _owned.Add(thing);
        return thing;
    }
}
