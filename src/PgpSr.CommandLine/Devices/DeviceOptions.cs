using System.CommandLine;
using PgpSr.Tensors;

namespace PgpSr.CommandLine;

/// <summary>The options of every command that computes: <c>--device</c>, <c>--threads</c>, <c>--memory</c>.</summary>
sealed class DeviceOptions
{
    const string Auto = "auto";

    readonly Option<string> _device = new("--device") { Description = "auto, cpu or gpu; gpu:1 or gpu:NAME picks one of several", DefaultValueFactory = _ => Auto, HelpName = "auto|cpu|gpu" };
    readonly Option<int> _threads = new("--threads") { Description = "threads; 0 for one per processor. Results do not depend on it", HelpName = "N" };
    readonly Option<long?> _memory = new("--memory") { Description = "memory to stay within, for instance 4GB or 700MB", HelpName = "SIZE", CustomParser = ByteSize.Parse };

    public DeviceOptions(Command command)
    {
        _threads.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValueOrDefault<int>() < 0) result.AddError("--threads cannot be negative");
        });
        command.Options.Add(_device);
        command.Options.Add(_threads);
        command.Options.Add(_memory);
    }

    /// <summary>The budget in bytes; null for none.</summary>
    public long? Memory(CommandContext context) => context.Arguments.GetValue(_memory);

    /// <summary>The backend asked for, cancelled by the command's token. The caller disposes it.</summary>
    public Backend Open(CommandContext context)
    {
        string[] asked = context.Arguments.GetValue(_device)!.Split(':', 2);
        var request = new BackendRequest
        {
            Device = asked.Length > 1 ? asked[1] : null,
            Threads = context.Arguments.GetValue(_threads),
            MemoryLimit = Memory(context),
        };
        Backend backend = asked[0] == Auto ? OpenBest(context, request) : Provider(context, asked[0]).Create(request);
        backend.CancellationToken = context.Cancellation;
        return backend;
    }

    static IBackendProvider Provider(CommandContext context, string name) =>
        context.Backends.FirstOrDefault(provider => provider.Name == name) ?? Throw.Device<IBackendProvider>(
            $"--device {name}: this program has {string.Join(", ", context.Backends.Select(provider => provider.Name))}; the dotnet tool PgpSr.Cli.Gpu has the gpu");

    // The first provider with a device that works; a provider that fails says so, and the next is tried.
    static Backend OpenBest(CommandContext context, BackendRequest request)
    {
        foreach (IBackendProvider provider in context.Backends.Take(context.Backends.Count - 1))
        {
            if (!provider.Describe().Any(device => device.Refusal is null)) continue;
            try
            {
                return provider.Create(request);
            }
            catch (BackendException e)
            {
                context.Console.Warning($"{provider.Name} is not used: {e.Message}");
            }
        }
        return context.Backends[^1].Create(request);
    }
}
