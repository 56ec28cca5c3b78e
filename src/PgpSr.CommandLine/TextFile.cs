using System.Text;

namespace PgpSr.CommandLine;

/// <summary>Text results on the disk: written beside and renamed, so that a path never holds half of one.</summary>
static class TextFile
{
    /// <summary>Writes a file in UTF-8.</summary>
    /// <exception cref="CommandException">It cannot be written.</exception>
    public static void Write(string path, Action<TextWriter> write)
    {
        string beside = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (StreamWriter writer = new(beside, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false))) write(writer);
            File.Move(beside, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Throw.Output($"{path}: cannot be written: {e.Message}", e);
        }
        finally
        {
            if (File.Exists(beside)) File.Delete(beside);
        }
    }
}
