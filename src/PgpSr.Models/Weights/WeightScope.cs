using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>A place in a checkpoint: layers load themselves from the scope that bears their name.</summary>
readonly struct WeightScope(WeightLoader loader, string path)
{
    /// <summary>Full key of this place.</summary>
    public string Path => path;

    /// <summary>A child: <c>w["down_blocks"][1]["resnets"][0]</c>.</summary>
    public WeightScope this[string child] => new(loader, Join(child));

    /// <inheritdoc cref="this[string]"/>
    public WeightScope this[int index] => new(loader, Join(index.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>A float32 vector of its own: gamma, beta, slopes.</summary>
    public Tensor Parameter(string name, int count) => loader.Parameter(Join(name), count);

    /// <summary>A convolution's weight and bias.</summary>
    public PackedConv2d Conv2d(int inputs, int outputs, Conv2dGeometry geometry, bool bias = true) =>
        loader.Conv2d(path, inputs, outputs, geometry, bias);

    /// <summary>A matrix and its bias; a 1x1 convolution's weight is accepted too.</summary>
    public PackedLinear Linear(int inputs, int outputs, bool bias = true, LinearForm form = LinearForm.Plain) =>
        loader.Linear(path, inputs, outputs, bias, form);

    /// <summary>Some rows of a matrix that several layers share, with their biases.</summary>
    public PackedLinear LinearRows(string weight, string bias, int totalRows, int first, int inputs, int outputs) =>
        loader.LinearRows(Join(weight), Join(bias), totalRows, first, inputs, outputs);

    /// <summary>An embedding table.</summary>
    public EmbeddingTable Table(string name, int rows, int width) => loader.Table(Join(name), rows, width);

    string Join(string child) => path.Length == 0 ? child : $"{path}.{child}";
}
