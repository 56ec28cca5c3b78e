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

    public static CommandRun With(Action<CommandEnvironment>? starting, params string[] args) => WithAsync(starting, args).GetAwaiter().GetResult();

    static async Task<CommandRun> WithAsync(Action<CommandEnvironment>? starting, string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        using var environment = new CommandEnvironment { Output = TextWriter.Synchronized(output), Error = TextWriter.Synchronized(error) };
        starting?.Invoke(environment);
        int code = await PgpSrCommand.RunAsync(args, [new OneCpu()], environment);
        return new((ExitCode)code, output.ToString(), error.ToString());
    }

    sealed class OneCpu : IBackendProvider
    {
        public string Name => "cpu";

        public Backend Create(BackendRequest request) => CpuBackend.Create(new CpuBackendOptions { Threads = request.Threads });

        public IReadOnlyList<DeviceReport> Describe() =>
            [new DeviceReport { Name = "test processor", MemoryBytes = 1 << 30, Details = [new("kernels", "v128")] }];
    }
}
