using System.Text.Json;
using PgpSr.Cpu;
using PgpSr.Tensors;

namespace PgpSr.CommandLine.Tests;

/// <summary>One run of the program inside the test, with what it wrote.</summary>
sealed record CommandRun(ExitCode Code, string Output, string Error)
{
    /// <summary>The JSON lines of the output with that event name.</summary>
    public IReadOnlyList<JsonElement> Events(string name) =>
    [
        .. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(e => e.GetProperty("event").GetString() == name),
    ];

    public static CommandRun Of(params string[] args) => With(null, args);

    public static CommandRun With(Action<CommandEnvironment>? starting, params string[] args) =>
        RunAsync(starting, new StringWriter(), terminal: false, args).GetAwaiter().GetResult();

    /// <summary>A run whose error stream is a terminal of 80 columns.</summary>
    public static CommandRun OnTerminal(params string[] args) => RunAsync(null, new StringWriter(), terminal: true, args).GetAwaiter().GetResult();

    /// <summary>A run on a terminal that shows colors, or does not.</summary>
    public static CommandRun OnTerminal(bool color, string[] args) =>
        RunAsync(null, new StringWriter(), terminal: true, args, color).GetAwaiter().GetResult();

    /// <summary>A run between two pipes.</summary>
    public static CommandRun Piped(Stream input, Stream output, string[] args) =>
        RunAsync(null, new StringWriter(), terminal: false, args, input: input, standard: output).GetAwaiter().GetResult();

    /// <summary>A run whose output lines are seen as they are written, in the midst of the work.</summary>
    public static CommandRun Watched(Action<CommandEnvironment, string> line, params string[] args)
    {
        CommandEnvironment? environment = null;
        var output = new WatchedWriter(text => line(environment!, text));
        return RunAsync(started => environment = started, output, terminal: false, args).GetAwaiter().GetResult();
    }

    static async Task<CommandRun> RunAsync(
        Action<CommandEnvironment>? starting, StringWriter output, bool terminal, string[] args,
        bool color = false, Stream? input = null, Stream? standard = null)
    {
        var error = new StringWriter();
        using var environment = new CommandEnvironment
        {
            Output = TextWriter.Synchronized(output),
            Error = TextWriter.Synchronized(error),
            ErrorIsTerminal = terminal,
            UseColor = color,
            OpenInput = () => input ?? Stream.Null,
            OpenOutput = () => standard ?? Stream.Null,
        };
        starting?.Invoke(environment);
        int code = await PgpSrCommand.RunAsync(args, [new OneCpu()], environment);
        return new((ExitCode)code, output.ToString(), error.ToString());
    }

    sealed class WatchedWriter(Action<string> line) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            line(value!);
        }
    }

    sealed class OneCpu : IBackendProvider
    {
        public string Name => "cpu";

        public Backend Create(BackendRequest request) => request.Device is null
            ? CpuBackend.Create(new CpuBackendOptions { Threads = request.Threads })
            : throw new BackendException(Name, "there is one processor");

        public IReadOnlyList<DeviceReport> Describe() =>
            [new DeviceReport { Name = "test processor", MemoryBytes = 1 << 30, Details = [new("kernels", "v128")] }];
    }
}
