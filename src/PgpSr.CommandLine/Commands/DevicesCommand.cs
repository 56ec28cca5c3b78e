using System.Text.Json;

namespace PgpSr.CommandLine.Commands;

/// <summary><c>pgpsr devices</c>: what this program can compute on, and why not on the rest.</summary>
sealed class DevicesCommand()
    : Subcommand("devices", "Lists the devices that this program can use, with instruction sets and memory, and why a device is refused.")
{
    public override ExitCode Run(CommandContext context)
    {
        foreach (IBackendProvider provider in context.Backends)
        {
            foreach (DeviceReport device in provider.Describe())
            {
                Show(context.Console, provider.Name, device);
                context.Console.Json("device", w => Write(w, provider.Name, device));
            }
        }
        return ExitCode.Ok;
    }

    static void Show(CommandConsole console, string provider, DeviceReport device)
    {
        console.Line($"{provider}: {device.Name}{(device.Refusal is null ? "" : " (refused)")}");
        if (device.Refusal is not null) console.Line($"  refused because {device.Refusal}");
        if (device.MemoryBytes is { } bytes) console.Line($"  memory            {ByteSize.Format(bytes)}");
        foreach ((string name, string value) in device.Details) console.Line($"  {name,-16}  {value}");
        if (device.Warning is not null) console.Line($"  warning: {device.Warning}");
    }

    static void Write(Utf8JsonWriter w, string provider, DeviceReport device)
    {
        w.WriteString("provider", provider);
        w.WriteString("name", device.Name);
        w.WriteBoolean("usable", device.Refusal is null);
        if (device.Refusal is not null) w.WriteString("refusal", device.Refusal);
        if (device.Warning is not null) w.WriteString("warning", device.Warning);
        if (device.MemoryBytes is { } bytes) w.WriteNumber("memory", bytes);
        w.WriteStartObject("details");
        foreach ((string name, string value) in device.Details) w.WriteString(name, value);
        w.WriteEndObject();
    }
}
