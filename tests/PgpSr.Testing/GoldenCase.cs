using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using PgpSr.Safetensors;
using PgpSr.Tensors;

namespace PgpSr.Testing;

/// <summary>One golden case: configuration, inputs and expected outputs, as <c>tests/goldens/README.md</c> describes them.</summary>
public sealed class GoldenCase : IDisposable
{
    readonly SafetensorsFile _file;
    readonly JsonDocument _config;

    GoldenCase(SafetensorsFile file)
    {
        _file = file;
        Name = System.IO.Path.GetFileNameWithoutExtension(file.Path);
        Kind = Text("kind");
        _config = JsonDocument.Parse(file.Metadata.GetValueOrDefault("config", "{}"));
        Seed = long.Parse(Text("seed"), CultureInfo.InvariantCulture);
        Tolerance = double.Parse(Text("tolerance"), CultureInfo.InvariantCulture);
        Note = file.Metadata.GetValueOrDefault("note", "");
    }

    /// <summary>File name without its extension.</summary>
    public string Name { get; }

    /// <summary>One of <see cref="GoldenKinds"/>.</summary>
    public string Kind { get; }

    /// <summary>Constructor arguments in diffusers' or transformers' spelling.</summary>
    public JsonElement Config => _config.RootElement;

    /// <summary>Seed of the generated weights.</summary>
    public long Seed { get; }

    /// <summary>Absolute tolerance for values of about unit size.</summary>
    public double Tolerance { get; }

    /// <summary>What else a reader must know.</summary>
    public string Note { get; }

    /// <summary>Names of all tensors, <c>input.*</c> and <c>output.*</c>.</summary>
    public IEnumerable<string> Names => _file.Tensors.Select(t => t.Name);

    /// <summary>Names of what must come out.</summary>
    public IEnumerable<string> Outputs => Names.Where(n => n.StartsWith("output.", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    /// <summary>Opens a case.</summary>
    /// <exception cref="InvalidDataException">The file lacks a metadata key of a case.</exception>
    public static GoldenCase Open(string path)
    {
        var file = SafetensorsFile.Open(path);
        try
        {
            return new GoldenCase(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>True if the case holds this tensor.</summary>
    public bool Has(string name) => _file.TryGet(name, out _);

    /// <summary>Axes as stored: NCHW for feature maps.</summary>
    public int[] Shape(string name) => [.. _file[name].Shape.Select(axis => checked((int)axis))];

    /// <summary>Values as stored.</summary>
    public float[] Singles(string name) => _file.ReadSingles(name);

    /// <summary>Values of an <c>I64</c> tensor.</summary>
    public long[] Integers(string name)
    {
        var entry = _file[name];
        if (entry.DType != SafetensorsDType.Int64) throw new InvalidDataException($"{_file.Path}: {name} is {entry.DType}, not Int64");
        var bytes = _file.Bytes(entry);
        var values = new long[bytes.Length / sizeof(long)];
        for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadInt64LittleEndian(bytes[(i * sizeof(long))..]);
        return values;
    }

    /// <summary>Bytes as stored, for <c>U8</c> images.</summary>
    public byte[] Bytes(string name) => _file.Bytes(_file[name]).ToArray();

    /// <summary>A tensor as stored, for tokens, vectors and ids.</summary>
    public Tensor Upload(Workspace ws, string name)
    {
        ArgumentNullException.ThrowIfNull(ws);
        return ws.Upload(Singles(name), new Shape(Shape(name)));
    }

    /// <summary>A feature map stored [N, C, H, W], as [N, H, W, C].</summary>
    public Tensor UploadMap(Workspace ws, string name) => FeatureMaps.Upload(ws, Singles(name), Shape(name));

    /// <summary>Throws unless a result of the stored layout is within this case's tolerance, scaled to the size of the expected values.</summary>
    public ErrorReport Check(string name, ReadOnlySpan<float> actual)
    {
        var expected = Singles(name);
        return Testing.Tolerance.ForUnitSize(Tolerance, expected).Assert($"{Name} {name}", expected, actual);
    }

    /// <summary>Throws unless a tensor of the stored layout is within tolerance.</summary>
    public ErrorReport Check(string name, Workspace ws, Tensor actual)
    {
        ArgumentNullException.ThrowIfNull(ws);
        ArgumentNullException.ThrowIfNull(actual);
        var expected = new Shape(Shape(name));
        if (actual.Shape != expected) throw new ToleranceException($"{Name} {name}: the shape is {actual.Shape}, not {expected}");
        return Check(name, ws.Download(actual));
    }

    /// <summary>Throws unless a feature map [N, H, W, C] is within tolerance of the stored [N, C, H, W].</summary>
    public ErrorReport CheckMap(string name, Workspace ws, Tensor actual)
    {
        ArgumentNullException.ThrowIfNull(actual);
        int[] axes = Shape(name);
        var expected = FeatureMaps.ShapeOf(axes);
        if (actual.Shape != expected) throw new ToleranceException($"{Name} {name}: the shape is {actual.Shape}, not {expected}");
        return Check(name, FeatureMaps.Download(ws, actual));
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _config.Dispose();
        _file.Dispose();
    }

    /// <summary>The case's name, for test lists.</summary>
    public override string ToString() => Name;

    string Text(string key) =>
        _file.Metadata.TryGetValue(key, out string? value) ? value
            : throw new InvalidDataException($"{_file.Path}: a golden case needs '{key}' in its metadata");
}
