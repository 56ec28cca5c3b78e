using PgpSr.Tensors;

namespace PgpSr.Onnx;

/// <summary>An input of an exported network.</summary>
/// <param name="Name">In the model.</param>
/// <param name="Example">Channels last; height, width and tokens stay open in the model.</param>
sealed record OnnxInput(string Name, Shape Example);

/// <summary>A network as an ONNX model.</summary>
static class OnnxExport
{
    /// <summary>Records one evaluation.</summary>
    /// <param name="model">What it goes to.</param>
    /// <param name="load">Loads the network into the backend it is given, and says how it is evaluated.</param>
    /// <param name="inputs">Of the network, in the order that the evaluation takes them; asked for when it is loaded.</param>
    /// <param name="output">Name of the result.</param>
    /// <exception cref="OnnxException">The network does something that cannot be written.</exception>
    public static void Record(
        OnnxModel model, Func<Backend, (IDisposable Network, Func<Workspace, Tensor[], Tensor> Forward)> load, Func<IEnumerable<OnnxInput>> inputs,
        string output = "output")
    {
        ArgumentNullException.ThrowIfNull(load);
        ArgumentNullException.ThrowIfNull(inputs);
        using var recorder = new OnnxRecorder(model);
        var (network, forward) = load(recorder);
        using (network)
        {
            using var workspace = new Workspace(recorder);
            Tensor[] tensors = [.. inputs().Select(input => recorder.Input(input.Name, input.Example))];
            using var scope = workspace.Scope();
            recorder.Output(output, forward(workspace, tensors));
        }
    }

    /// <summary>
    /// Writes a network to a file, with its constants in <c>NAME.data</c> beside it if they are to lie apart. Both appear whole or not at all.
    /// </summary>
    /// <param name="path">The model's file; replaced if it is there.</param>
    /// <param name="external">Whether constants lie apart: beyond 2 GB they must.</param>
    /// <param name="load">As in <see cref="Record"/>.</param>
    /// <param name="inputs">As in <see cref="Record"/>.</param>
    /// <param name="output">Name of the result.</param>
    /// <exception cref="OnnxException">The network does something that cannot be written.</exception>
    public static void Write(
        string path, bool external, Func<Backend, (IDisposable Network, Func<Workspace, Tensor[], Tensor> Forward)> load,
        Func<IEnumerable<OnnxInput>> inputs, string output = "output")
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        // Names of nobody else's: what lies beside the path is not ours to write over.
        string data = path + ".data", part = $"{path}.{Guid.NewGuid():N}.tmp", dataPart = $"{data}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (FileStream? constants = external ? new FileStream(dataPart, FileMode.CreateNew, FileAccess.Write) : null)
            {
                var model = new OnnxModel(constants, Path.GetFileName(data));
                Record(model, load, inputs, output);
                using var file = new FileStream(part, FileMode.CreateNew, FileAccess.Write);
                model.WriteTo(file, OnnxRecorder.Opset);
            }
            if (external) File.Move(dataPart, data, overwrite: true);
            File.Move(part, path, overwrite: true);
        }
        finally
        {
            File.Delete(part);
            File.Delete(dataPart);
        }
    }
}
