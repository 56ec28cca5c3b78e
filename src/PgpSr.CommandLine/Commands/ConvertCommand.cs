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
            "an embedded model, a .safetensors file, an index of shards, their folder, a PyTorch file (.bin, .pt, .ckpt), "
            + "or the folder of a model of several networks, which become one file"
        };
    readonly Option<string> _out = new("--output", "-o", "--out") { Description = "the file", Required = true, HelpName = "FILE" };
    readonly Option<string?> _type = new("--dtype") { Description = "width of real numbers; as they are by default", HelpName = "f32|f16|bf16" };
    readonly Option<bool> _overwrite = new("--overwrite") { Description = "replace a file that is there" };

    readonly DeviceOptions _device;

    public ConvertCommand()
        : base("convert", "Rewrites a checkpoint as one safetensors file: "
            + "from PyTorch's form (read, never run), from shards, from one width of numbers to another.")
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
        var progress = new ByteProgress(context);
        var (tensors, converted) = PipelineConverter.Accepts(source.Path)
            ? PipelineConverter.Run(source.Path, type, destination, () => _device.Open(context), overwrite, progress, context.Cancellation)
            : Converter.Run(source.Path, type, destination, overwrite, progress, context.Cancellation);
        context.Console.Status("");
        context.Console.Line($"wrote {destination}: {tensors} tensors, {converted} of them given another width");
        context.Console.Json("converted", w =>
        {
            w.WriteString("file", destination);
            w.WriteNumber("tensors", tensors);
            w.WriteNumber("converted", converted);
        });
        return ExitCode.Ok;
    }
}
