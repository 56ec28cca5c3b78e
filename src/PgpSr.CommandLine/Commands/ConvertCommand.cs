using System.CommandLine;
using PgpSr.CommandLine.Pruning;
using PgpSr.Pruning;
using PgpSr.Safetensors;

namespace PgpSr.CommandLine.Commands;

/// <summary><c>pgpsr convert</c>: checkpoints as safetensors, in another width.</summary>
sealed class ConvertCommand : Subcommand
{
    readonly Argument<string> _source =
        new("SOURCE")
        {
            Description =
            "an embedded model, a .safetensors file, an index of shards, a folder of them, a PyTorch file (.bin, .pt, .ckpt), "
            + "or the folder of a model with several networks, which are merged into one file"
        };
    readonly Option<string> _out = new("--output", "-o", "--out") { Description = "safetensors file to write", Required = true, HelpName = "FILE" };
    readonly Option<string?> _type = new("--dtype") { Description = "type of floating-point tensors; default: unchanged", HelpName = "f32|f16|bf16" };
    readonly Option<bool> _overwrite = new("--overwrite") { Description = "replace an existing file" };

    readonly DeviceOptions _device;

    public ConvertCommand()
        : base("convert", "Rewrites a checkpoint as one safetensors file, "
            + "from PyTorch files (whose code is never run), from shards, or with another number type.")
    {
        Arguments.Add(_source);
        foreach (Option option in (Option[])[_out, _type, _overwrite]) Options.Add(option);
        _type.OneOf("f32", "f16", "bf16");
        _device = new DeviceOptions(this);
    }

    public override ExitCode Run(CommandContext context)
    {
        string destination = context.Arguments.GetValue(_out)!;
        SafetensorsDType? type = context.Arguments.GetValue(_type) switch
        {
            "f32" => SafetensorsDType.Float32,
            "f16" => SafetensorsDType.Float16,
            "bf16" => SafetensorsDType.BFloat16,
            _ => null,
        };
        using var source = ModelFile.Open(context.Arguments.GetValue(_source)!);
        bool overwrite = context.Arguments.GetValue(_overwrite);
        OutputNaming.RefuseInputs("-o", destination, source.Files);
        var progress = new ByteProgress(context);
        var (tensors, converted) = PipelineConverter.Accepts(source.Path)
            ? PipelineConverter.Run(source.Path, type, destination, () => _device.Open(context), overwrite, progress, context.Cancellation)
            : Converter.Run(source.Path, type, destination, overwrite, progress, context.Cancellation);
        context.Console.Status("");
        context.Console.Line($"wrote {destination}: {tensors} tensors, {converted} of them converted");
        context.Console.Json("converted", w =>
        {
            w.WriteString("file", destination);
            w.WriteNumber("tensors", tensors);
            w.WriteNumber("converted", converted);
        });
        return ExitCode.Ok;
    }
}
