using PgpSr.Managed;

namespace PgpSr.CommandLine.Pruning;

/// <summary>A model on the disk, by what the user typed. An embedded model is laid into a temporary folder for as long as it is looked at.</summary>
sealed class ModelFile : IDisposable
{
    readonly string? _temporary;

    ModelFile(string name, string path, string? temporary) => (Name, Path, _temporary) = (name, path, temporary);

    /// <summary>What the user typed.</summary>
    public string Name { get; }

    /// <summary>The file or folder.</summary>
    public string Path { get; }

    /// <summary>The file, or all of the folder: what no result may replace.</summary>
    public string[] Files => Directory.Exists(Path) ? Directory.GetFiles(Path, "*", SearchOption.AllDirectories) : [Path];

    /// <summary>Finds a model; a file or folder of an embedded model's name comes first.</summary>
    /// <exception cref="CommandException">There is no room for an embedded model in the temporary folder.</exception>
    public static ModelFile Open(string model)
    {
        if (!ModelCatalog.Names.Contains(model) || System.IO.Path.Exists(model)) return new ModelFile(model, model, null);
        string? folder = null;
        try
        {
            folder = Directory.CreateTempSubdirectory("pgpsr-").FullName;
            string path = System.IO.Path.Combine(folder, model + ".safetensors");
            using (Stream from = ModelCatalog.Open(model))
            using (FileStream to = File.Create(path)) from.CopyTo(to);
            return new ModelFile(model, path, folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (folder is not null) Directory.Delete(folder, recursive: true);
            Throw.Output($"{model}: cannot be written to the temporary folder: {e.Message}", e);
            throw;
        }
    }

    /// <summary>Takes an embedded model's file away again.</summary>
    public void Dispose()
    {
        if (_temporary is not null) Directory.Delete(_temporary, recursive: true);
    }
}
