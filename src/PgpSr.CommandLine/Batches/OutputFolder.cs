namespace PgpSr.CommandLine;

/// <summary>Whether results can be written at all, asked before the work and not after it.</summary>
static class OutputFolder
{
    /// <summary>Makes the folder of a result, and tries to write in it.</summary>
    /// <exception cref="CommandException">It cannot be made or written.</exception>
    public static void Check(string destination)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(destination))!;
        try
        {
            Directory.CreateDirectory(folder);
            string probe = Path.Combine(folder, $".pgpsr-{Environment.ProcessId}.probe");
            new FileStream(probe, FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Throw.Output($"the folder {folder} cannot be written: {e.Message}", e);
        }
    }
}
