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
        Description = "cpu or gpu; gpu:1 or gpu:NAME picks one of several; gpu,cpu takes the next where one cannot be opened; auto is the best of the program's first kind",
        DefaultValueFactory = _ => Auto,
        HelpName = "cpu|gpu",
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
        string named = context.Arguments.GetValue(_device)!;
        var request = new BackendRequest
        {
            Precision = context.Arguments.GetValue(_precision) switch { "f32" => DType.F32, "bf16" => DType.BF16, _ => null },
            Activations = context.Arguments.GetValue(_activations) == "f16" ? DType.F16 : DType.F32,
            Threads = context.Arguments.GetValue(_threads),
            MemoryLimit = Memory(context),
        };
        Backend backend = Is(named, Auto) ? OpenBest(context, request, out provider) : OpenNamed(context, named, request, out provider);
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

    // The names between commas, one after the other: who cannot be opened says so, the last as an error.
    static Backend OpenNamed(CommandContext context, string wanted, BackendRequest request, out IBackendProvider provider)
    {
        string[] names = wanted.Split(',');
        foreach (string name in names[..^1])
        {
            if (TryOpen(context, Asked(name, out var device), request with { Device = device }, out provider) is { } backend) return backend;
        }
        provider = Asked(names[^1], out var last);
        return provider.Create(request with { Device = last });

        IBackendProvider Asked(string name, out string? device)
        {
            string[] parts = name.Split(':', 2);
            device = parts.Length > 1 ? parts[1] : null;
            if (Is(parts[0], Auto)) Throw.Usage($"--device {wanted}: auto takes the best device and stands alone; name one as gpu{(device is null ? "" : $":{device}")}");
            return Provider(context, parts[0]);
        }
    }

    // The first provider with a device that works.
    static Backend OpenBest(CommandContext context, BackendRequest request, out IBackendProvider provider)
    {
        foreach (IBackendProvider candidate in context.Backends.Take(context.Backends.Count - 1))
        {
            var devices = candidate.Describe();
            if (!devices.Any(device => device.Refusal is null && !device.OnRequestOnly))
            {
                if (devices.FirstOrDefault(device => device.Refusal is not null) is { } refused) context.Console.Warning($"{candidate.Name} is not used: {refused.Refusal}");
                continue;
            }
            if (TryOpen(context, candidate, request, out provider) is { } backend) return backend;
        }
        provider = context.Backends[^1];
        return provider.Create(request);
    }

    // A provider that fails says so, and the next is tried.
    static Backend? TryOpen(CommandContext context, IBackendProvider candidate, BackendRequest request, out IBackendProvider provider)
    {
        provider = candidate;
        try
        {
            return candidate.Create(request);
        }
        catch (BackendException e)
        {
            context.Console.Warning($"{candidate.Name} is not used: {e.Message}");
            return null;
        }
    }
}
