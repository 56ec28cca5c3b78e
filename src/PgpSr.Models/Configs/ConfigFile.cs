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
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > MaxBytes) throw new ConfigException(path, $"has {stream.Length:N0} bytes, more than any configuration");
            using var reader = new StreamReader(stream);
            return Parse(reader.ReadToEnd(), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigException(path, $"cannot be read: {e.Message}");
        }
    }

    /// <summary>Reads JSON text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">Name for messages.</param>
    /// <exception cref="ConfigException">It is no JSON.</exception>
    public static JsonElement Parse(string text, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 16 });
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new ConfigException(name, $"is not valid JSON: {e.Message}");
        }
    }

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
        var config = UnetConfigReader.Read(Read(path), path);
        UnetTopology.Check(config, path, source);
        return config;
    }
}
