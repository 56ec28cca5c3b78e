using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.InteropServices;
using PgpSr.Tensors;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace PgpSr.Models;

/// <summary>
/// A network with low-rank adapters merged in (Hu et al. 2021), as peft stores them: W + alpha/r B A for every adapter of a module, summed in float32
/// while it is read. A is <c>module.lora_A.adapter.weight</c> [r, in] or [r, in, k, k], B <c>module.lora_B.adapter.weight</c> [out, r] or
/// [out, r, 1, 1]; <c>module.base_layer.weight</c> and <c>.bias</c> of the adapters' file replace the network's own. A merged tensor of a binary16
/// network is rounded to binary16, of all others it stays float32: bfloat16 has too few digits for small changes.
/// </summary>
sealed class LoraSource : WeightSource
{
    /// <summary>peft's alpha where nobody sets one.</summary>
    public const double DefaultAlpha = 8;

    const string Down = ".lora_A.", Up = ".lora_B.", Weight = ".weight", Base = ".base_layer.";

    readonly WeightSource _basis;
    readonly WeightSource _adapters;
    readonly double? _alpha;
    readonly Dictionary<string, List<Pair>> _pairs = new(StringComparer.Ordinal);
    readonly Dictionary<string, string> _replaced = new(StringComparer.Ordinal);
    float[] _merged = [];
    byte[] _narrow = [];

    /// <param name="basis">The network; disposed with this source.</param>
    /// <param name="adapters">The adapters' file under the network's names; disposed with this source.</param>
    /// <param name="alpha">Numerator of every adapter's scale alpha / r; null for the rank, which makes the scale 1.</param>
    /// <param name="takes">Which adapters are merged, by name; null for all.</param>
    /// <exception cref="ConfigException">The adapters do not fit each other or the network, or the file holds something else.</exception>
    public LoraSource(WeightSource basis, WeightSource adapters, double? alpha = DefaultAlpha, Func<string, bool>? takes = null)
    {
        ArgumentNullException.ThrowIfNull(basis);
        ArgumentNullException.ThrowIfNull(adapters);
        (_basis, _adapters, _alpha) = (basis, adapters, alpha);
        foreach (string key in adapters.Keys)
        {
            if (key.Contains(Base, StringComparison.Ordinal)) Replace(key);
            else if (Split(key, Down) is var (module, adapter))
            {
                var pair = Check(key, module, $"{module}{Up}{adapter}{Weight}", out string target);
                if (takes?.Invoke(adapter) == false) continue;
                if (!_pairs.TryGetValue(target, out var pairs)) _pairs.Add(target, pairs = []);
                pairs.Add(pair);
            }
            else if (Split(key, Up) is not var (tuned, name))
            {
                throw new ConfigException(adapters.Name, $"'{key}' is not part of a low-rank adapter; expected <module>{Down}<adapter>{Weight}, "
                    + $"<module>{Up}<adapter>{Weight} and <module>{Base}weight or bias");
            }
            else if (!adapters.TryDescribe($"{tuned}{Down}{name}{Weight}", out _))
            {
                throw new ConfigException(adapters.Name, $"holds '{key}' without '{tuned}{Down}{name}{Weight}': half of an adapter");
            }
        }
    }

    /// <inheritdoc/>
    public override string Name => $"{_adapters.Name} merged into {_basis.Name}";

    /// <inheritdoc/>
    public override IEnumerable<string> Keys => _basis.Keys;

    /// <summary>Tensors of the network that adapters change.</summary>
    public int MergedCount => _pairs.Count;

    /// <summary>Whether a file holds low-rank adapters in peft's names.</summary>
    public static bool Recognizes(WeightSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Keys.Any(key => Split(key, Down) is not null);
    }

    /// <summary>Names of the adapters in a file.</summary>
    public static IReadOnlySet<string> AdapterNames(WeightSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Keys.Select(key => Split(key, Down)?.Adapter).OfType<string>().ToHashSet(StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public override bool TryDescribe(string key, [NotNullWhen(true)] out WeightDescription? description)
    {
        if (!Underlying(key).TryDescribe(NameOf(key), out description)) return false;
        if (_pairs.ContainsKey(key) && description.Type is { } type and not DType.F16)
            description = new WeightDescription(description.Shape, DType.F32, nameof(DType.F32));
        return true;
    }

    /// <inheritdoc/>
    public override HostTensor Read(string key)
    {
        var stored = Underlying(key).Read(NameOf(key));
        if (!_pairs.TryGetValue(key, out var pairs)) return new HostTensor(key, stored.Type, stored.Shape, stored.Bytes);
        var (type, shape) = (stored.Type, stored.Shape);
        int count = checked((int)shape.Count);
        if (_merged.Length < count) _merged = GC.AllocateUninitializedArray<float>(count);
        stored.CopyTo(_merged.AsSpan(0, count));
        foreach (var pair in pairs) Add(pair, count);
        if (type != DType.F16) return new HostTensor(key, DType.F32, shape, MemoryMarshal.AsBytes(_merged.AsSpan(0, count)));
        int bytes = count * DType.F16.Size();
        if (_narrow.Length < bytes) _narrow = GC.AllocateUninitializedArray<byte>(bytes);
        Narrow.FromSingle(DType.F16, _merged.AsSpan(0, count), _narrow.AsSpan(0, bytes));
        return new HostTensor(key, DType.F16, shape, _narrow.AsSpan(0, bytes));
    }

    // Rows of the network's matrix gain sums of rows of A. A strip of A's columns stays in a cache while all rows of the matrix pass: at rank 256 this
    // is most of a load's time.
    void Add(Pair pair, int count)
    {
        const int strip = 512;
        float[] a = _adapters.Read(pair.Down).ToArray(), b = _adapters.Read(pair.Up).ToArray();
        int rank = pair.Rank, outputs = b.Length / rank, width = count / outputs, pieces = Math.Min(outputs, 4 * Environment.ProcessorCount);
        Primitives.Multiply(b, _alpha is { } alpha ? (float)(alpha / rank) : 1, b);
        var merged = _merged;
        Parallel.For(0, pieces, piece =>
        {
            int from = (int)((long)outputs * piece / pieces), to = (int)((long)outputs * (piece + 1) / pieces);
            for (int left = 0; left < width; left += strip)
            {
                int columns = Math.Min(strip, width - left);
                for (int o = from; o < to; o++) AddRows(merged.AsSpan(o * width + left, columns), a.AsSpan(left), width, b.AsSpan(o * rank, rank));
            }
        });
    }

    // row += sum over r of factors[r] * rows[r * stride ..], four rows at a time.
    static void AddRows(Span<float> row, ReadOnlySpan<float> rows, int stride, ReadOnlySpan<float> factors)
    {
        int r = 0, lanes = Vector<float>.Count;
        for (; r + 4 <= factors.Length; r += 4)
        {
            ReadOnlySpan<float> a0 = rows[(r * stride)..][..row.Length], a1 = rows[((r + 1) * stride)..][..row.Length],
                a2 = rows[((r + 2) * stride)..][..row.Length], a3 = rows[((r + 3) * stride)..][..row.Length];
            float f0 = factors[r], f1 = factors[r + 1], f2 = factors[r + 2], f3 = factors[r + 3];
            int i = 0;
            for (; i + lanes <= row.Length; i += lanes)
            {
                var sum = new Vector<float>(row[i..]) + new Vector<float>(a0[i..]) * f0 + new Vector<float>(a1[i..]) * f1
                    + new Vector<float>(a2[i..]) * f2 + new Vector<float>(a3[i..]) * f3;
                sum.CopyTo(row[i..]);
            }
            for (; i < row.Length; i++) row[i] = row[i] + a0[i] * f0 + a1[i] * f1 + a2[i] * f2 + a3[i] * f3;
        }
        for (; r < factors.Length; r++) Primitives.MultiplyAdd(rows[(r * stride)..][..row.Length], factors[r], row, row);
    }

    WeightSource Underlying(string key) => _replaced.ContainsKey(key) ? _adapters : _basis;

    string NameOf(string key) => _replaced.GetValueOrDefault(key, key);

    void Replace(string key)
    {
        string name = key.Replace(Base, ".", StringComparison.Ordinal), ours = WeightMap.Find(_basis, name);
        _adapters.TryDescribe(key, out var own);
        if (!_basis.TryDescribe(ours, out var theirs)) throw Foreign(key, name);
        if (own!.Shape != theirs.Shape) throw Unfit(key, own.Shape, ours, theirs.Shape);
        RefuseType(key, own);
        if (!_replaced.TryAdd(ours, key)) throw new ConfigException(_adapters.Name, $"'{key}' and '{_replaced[ours]}' both replace '{ours}'");
    }

    Pair Check(string down, string module, string up, out string target)
    {
        _adapters.TryDescribe(down, out var a);
        if (!_adapters.TryDescribe(up, out var b)) throw new ConfigException(_adapters.Name, $"holds '{down}' without '{up}': half of an adapter");
        RefuseType(down, a!);
        RefuseType(up, b);
        target = WeightMap.Find(_basis, module + Weight);
        if (!_basis.TryDescribe(target, out var theirs)) throw Foreign(down, module + Weight);
        Shape first = a!.Shape, second = b.Shape, whole = theirs.Shape;
        if (first.Rank is not (2 or 4) || second.Rank is not (2 or 4) || (second.Rank == 4 && (second[2] != 1 || second[3] != 1)) || first[0] < 1)
            throw new ConfigException(_adapters.Name, $"'{down}' {first} and '{up}' {second} do not form a pair of a low-rank adapter");
        if (first[0] != second[1])
            throw new ConfigException(_adapters.Name, $"'{down}' {first} has rank {first[0]} and '{up}' {second} rank {second[1]}: they belong to different adapters");
        if (whole.Rank is not (2 or 4) || second[0] != whole[0] || first[1] != whole[1] || Area(first) != Area(whole))
            throw Unfit(down, new Shape([second[0], .. Axes(first)[1..]]), target, whole);
        return new Pair(down, up, first[0]);
    }

    static int[] Axes(Shape shape) => [.. Enumerable.Range(0, shape.Rank).Select(i => shape[i])];

    static int Area(Shape shape) => shape.Rank == 4 ? shape[2] * shape[3] : 1;

    void RefuseType(string key, WeightDescription description)
    {
        if (description.Type is null) throw new ConfigException(_adapters.Name, $"'{key}' is {description.TypeName}; F32, F16 and BF16 are read");
    }

    // SDXL's transformers have several blocks, Stable Diffusion 2's one.
    string Origin => _adapters.Keys.Any(key => key.Contains(".transformer_blocks.1.", StringComparison.Ordinal))
        ? "; it looks like an adapter of Stable Diffusion XL" : "";

    ConfigException Foreign(string key, string name) => new(_adapters.Name,
        $"'{key}' tunes '{name}', which {_basis.Name} does not have: the adapter belongs to another network{Origin}");

    ConfigException Unfit(string key, Shape gives, string target, Shape whole) => new(_adapters.Name,
        $"'{key}' is for a weight of {gives}, '{target}' of {_basis.Name} is {whole}: the adapter belongs to another network{Origin}");

    static (string Module, string Adapter)? Split(string key, string part)
    {
        int at = key.IndexOf(part, StringComparison.Ordinal);
        return at > 0 && key.EndsWith(Weight, StringComparison.Ordinal) && key.Length > at + part.Length + Weight.Length
            ? (key[..at], key[(at + part.Length)..^Weight.Length]) : null;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        _adapters.Dispose();
        _basis.Dispose();
    }

    sealed record Pair(string Down, string Up, int Rank);
}
