using System.Diagnostics;
using System.Text.Json;

namespace PgpSr.Imaging.Tests.Metadata;

/// <summary>Phil Harvey's exiftool, where it is installed: what others read in our files.</summary>
static class ExifTool
{
    static readonly Lazy<bool> s_isThere = new(() =>
    {
        try
        {
            return Run("-ver").Length > 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    });

    public static bool IsThere => s_isThere.Value;

    /// <summary>All tags as "group:tag", with their values as text; those about the file itself are left out.</summary>
    public static Dictionary<string, string> Read(string path)
    {
        using var json = JsonDocument.Parse(Run("-j", "-n", "-a", "-u", "-G1", path));
        Dictionary<string, string> tags = [];
        foreach (JsonProperty property in json.RootElement[0].EnumerateObject())
            if (property.Name.Contains(':', StringComparison.Ordinal)
                && (property.Name == "File:Comment" || property.Name.Split(':')[0] is not ("File" or "System" or "ExifTool" or "Composite")))
                tags[property.Name] = property.Value.ToString();
        return tags;
    }

    static string Run(params string[] arguments)
    {
        ProcessStartInfo start = new("exiftool", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
