using System.Text.Json;

namespace PgpSr.Models;

/// <summary>A configuration file beside a network's weights.</summary>
static class ConfigFile
{
    // A UNet's configuration has about two kilobytes; anything far above is not one.
    const long MaxBytes = 1 << 20;

    /// <summary>Name of the file in a diffusers or transformers folder.</summary>
    public const string Name = "config.json";

    /// <summary>Reads a JSON file.</summary>
    /// <exception cref="ConfigException">It is missing, too large or no JSON.</exception>
    public static JsonElement Read(string path)
    {
        byte[] text;
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > MaxBytes) throw new ConfigException(path, $"has {stream.Length:N0} bytes, more than any configuration");
            text = new byte[stream.Length];
            stream.ReadExactly(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigException(path, $"cannot be read: {e.Message}");
        }
        return ConfigJson.Parse(text, path);
    }

    /// <summary>One member of a file, whatever else is in it: null where there is no file, no object or no such member.</summary>
    /// <exception cref="ConfigException">The file cannot be read or is no JSON.</exception>
    public static JsonElement? Member(string path, string name) =>
        File.Exists(path) && Read(path) is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty(name, out var value) ? value : null;

    /// <summary>The same where it is a text.</summary>
    /// <exception cref="ConfigException">The file cannot be read or is no JSON.</exception>
    public static string? Text(string path, string name) => Member(path, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>
    /// The topology of a UNet folder: its <c>config.json</c>, checked against the keys of its weights, or the keys' alone where there is no
    /// configuration.
    /// </summary>
    /// <param name="folder">The folder of configuration and weights.</param>
    /// <param name="source">The weights.</param>
    /// <exception cref="ConfigException">The two contradict each other, or one of them is no UNet's.</exception>
    public static UnetConfig ReadUnet(string folder, WeightSource source)
    {
        string path = Path.Combine(folder, Name);
        if (!File.Exists(path)) return UnetTopology.Derive(source);
        var config = UnetConfigJson.Read(Read(path), path);
        UnetTopology.Check(config, path, source);
        return config;
    }
}

/// <summary>A configuration cannot be used, or contradicts the checkpoint it came with.</summary>
/// <param name="file">Where it was read.</param>
/// <param name="message">Which setting, what was found, what is supported.</param>
public sealed class ConfigException(string file, string message) : PgpSrException($"{file}: {message}")
{
    /// <summary>Where it was read.</summary>
    public string File { get; } = file;
}
