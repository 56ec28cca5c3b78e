using System.CommandLine;
using PgpSr.CommandLine.Pruning;
using PgpSr.Onnx;

namespace PgpSr.CommandLine.Commands;

/// <summary><c>pgpsr export</c>: a checkpoint's network for other runtimes.</summary>
sealed class ExportCommand : Subcommand
{
    // Beyond 2 GB a model cannot hold its constants; names and shapes take some of it.
    const long LargestInside = 1_900_000_000;

    readonly Argument<string> _source = new("MODEL")
    {
        Description = "an embedded model, a model file, a Real-ESRGAN network (.pth, .safetensors), or a UNet folder with its config.json",
    };
    readonly Option<string> _onnx = new("--output", "-o", "--onnx")
    {
        Description = "ONNX file to write, with dynamic height, width and tokens; weights above 1.9 GB go to FILE.data",
        Required = true,
        HelpName = "FILE",
    };
    readonly Option<int?> _timestep = new("--timestep")
    {
        Description = "timestep of a diffusion network, 0 to 999; default: the model's, or 999",
        HelpName = "T",
    };
    readonly Option<bool> _overwrite = new("--overwrite") { Description = "replace an existing file" };

    public ExportCommand()
        : base("export", "Exports the network of a checkpoint as an ONNX model, for other runtimes.")
    {
        Arguments.Add(_source);
        foreach (Option option in (Option[])[_onnx, _timestep, _overwrite]) Options.Add(option);
        _timestep.Between(0, ExportedNetwork.LastTimestep);
    }

    public override ExitCode Run(CommandContext context)
    {
        string destination = context.Arguments.GetValue(_onnx)!;
        if (Path.Exists(destination) && !context.Arguments.GetValue(_overwrite))
            throw new CommandException(ExitCode.Output, $"{destination} exists; --overwrite replaces it");
        using var file = ModelFile.Open(context.Arguments.GetValue(_source)!);
        using var network = ExportedNetwork.Open(file.Path, context.Arguments.GetValue(_timestep), context.Cancellation);
        bool apart = network.Bytes > LargestInside;
        OutputNaming.RefuseInputs("-o", destination, file.Files);
        if (apart) OutputNaming.RefuseInputs("-o", destination + ".data", file.Files);
        if (apart && Path.Exists(destination + ".data") && !context.Arguments.GetValue(_overwrite))
            throw new CommandException(ExitCode.Output, $"{destination}.data exists; --overwrite replaces it");
        OnnxExport.Write(destination, apart, network.Load, () => network.Inputs);
        context.Console.Line($"wrote {destination}{(apart ? $" and {destination}.data" : "")}: {network.Kind}; "
            + $"inputs {string.Join(", ", network.Inputs.Select(input => input.Name))}, opset {OnnxRecorder.Opset}");
        context.Console.Json("exported", w =>
        {
            w.WriteString("file", destination);
            w.WriteNumber("opset", OnnxRecorder.Opset);
            w.WriteStartArray("inputs");
            foreach (OnnxInput input in network.Inputs) w.WriteStringValue(input.Name);
            w.WriteEndArray();
        });
        return ExitCode.Ok;
    }
}
