using System.CommandLine;
using PgpSr.Tensors;

namespace PgpSr.CommandLine;

/// <summary>
/// The options of every command that computes: <c>--device</c>, <c>--precision</c>, <c>--activations</c>, <c>--threads</c>, <c>--memory</c>.
/// </summary>
sealed class DeviceOptions
{
    const string Auto = "auto";

    readonly Option<string> _device = new("--device")
    {
        Description = "auto, cpu or gpu; gpu:1 or gpu:NAME picks one of several",
        DefaultValueFactory = _ => Auto,
        HelpName = "auto|cpu|gpu",
    };
    readonly Option<string> _precision = new("--precision")
    {
        Description = "type of factors: f32, or bf16 on a CPU with AMX-BF16 or AVX512-BF16 (faster, 8 significant bits); "
            + "auto leaves the choice to the device",
        DefaultValueFactory = _ => Auto,
        HelpName = "auto|f32|bf16",
    };
    readonly Option<string> _activations = new("--activations")
    {
        Description = "type of activations: f32, or f16 on a GPU (half the memory, 11 significant bits)",
        DefaultValueFactory = _ => "f32",
        HelpName = "f32|f16",
    };
    readonly Option<int> _threads = new("--threads")
    {
        Description = "number of threads; 0 for one per processor; the result is always the same",
        HelpName = "N",
    };
    readonly Option<long?> _memory = new("--memory")
    {
        Description = "memory budget, for example 4GB or 700MB",
        HelpName = "SIZE",
        CustomParser = ByteSize.Parse,
    };

    public DeviceOptions(Command command)
    {
        _threads.AtLeast(0);
        _precision.OneOf(Auto, "f32", "bf16");
        _activations.OneOf("f32", "f16");
        command.Options.Add(_device);
        command.Options.Add(_precision);
        command.Options.Add(_activations);
        command.Options.Add(_threads);
        command.Options.Add(_memory);
    }

    /// <summary>The budget in bytes; null for none.</summary>
    public long? Memory(CommandContext context) => context.Arguments.GetValue(_memory);

    /// <summary>The backend asked for, cancelled by the command's token. The caller disposes it.</summary>
    public Backend Open(CommandContext context) => Open(context, out _);

    /// <summary>The backend asked for, cancelled by the command's token, and who made it. The caller disposes the backend.</summary>
    public Backend Open(CommandContext context, out IBackendProvider provider)
    {
        string[] asked = context.Arguments.GetValue(_device)!.Split(':', 2);
        var request = new BackendRequest
        {
            Device = asked.Length > 1 ? asked[1] : null,
            Precision = context.Arguments.GetValue(_precision) switch { "f32" => DType.F32, "bf16" => DType.BF16, _ => null },
            Activations = context.Arguments.GetValue(_activations) == "f16" ? DType.F16 : DType.F32,
            Threads = context.Arguments.GetValue(_threads),
            MemoryLimit = Memory(context),
        };
        Backend backend;
        if (Is(asked[0], Auto))
        {
            if (request.Device is not null)
                Throw.Usage($"--device auto:{request.Device}: auto takes the best device; name one as gpu:{request.Device}");
            backend = OpenBest(context, request, out provider);
        }
        else
        {
            provider = Provider(context, asked[0]);
            backend = provider.Create(request);
        }
        backend.CancellationToken = context.Cancellation;
        if (provider.PrecisionRefusal(backend, request) is { } refusal)
            context.Console.Warning($"--precision {context.Arguments.GetValue(_precision)} is ignored: {refusal}");
        if (backend.ActivationType != request.Activations)
        {
            string wanted = request.Activations.ToString().ToLowerInvariant();
            context.Console.Warning($"--activations {wanted} is ignored: {backend.Name} stores activations as {backend.ActivationType}");
        }
        if (provider.Warning is { } warning) context.Console.Warning(warning);
        return backend;
    }

    static bool Is(string name, string typed) => string.Equals(name, typed, StringComparison.OrdinalIgnoreCase);

    static IBackendProvider Provider(CommandContext context, string name)
    {
        string names = string.Join(", ", context.Backends.Select(provider => provider.Name));
        return context.Backends.FirstOrDefault(provider => Is(provider.Name, name))
            ?? Throw.Device<IBackendProvider>($"--device {name}: unknown device; this program has {names}");
    }

    // The first provider with a device that works; a provider that fails says so, and the next is tried.
    static Backend OpenBest(CommandContext context, BackendRequest request, out IBackendProvider provider)
    {
        foreach (IBackendProvider candidate in context.Backends.Take(context.Backends.Count - 1))
        {
            if (!candidate.Describe().Any(device => device.Refusal is null && !device.OnRequestOnly)) continue;
            try
            {
                provider = candidate;
                return candidate.Create(request);
            }
            catch (BackendException e)
            {
                context.Console.Warning($"{candidate.Name} is skipped: {e.Message}");
            }
        }
        provider = context.Backends[^1];
        return provider.Create(request);
    }
}
