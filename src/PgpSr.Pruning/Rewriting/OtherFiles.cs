namespace PgpSr.Pruning;

/// <summary>What a diffusers folder holds beside the network that is pruned.</summary>
static class OtherFiles
{
    const int PieceLength = 4 << 20;

    public static void Copy(Checkpoint source, string destination, ByteMeter meter, CancellationToken cancellation)
    {
        string? extras = Checkpoint.ExtrasFile(source.Path);
        foreach (string file in Directory.EnumerateFiles(source.Path))
            if (file != extras) Copy(file, Path.Combine(destination, Path.GetFileName(file)), meter, cancellation);
        foreach (string folder in Directory.EnumerateDirectories(source.Path))
            if (Path.GetFileName(folder) != "unet") CopyFolder(folder, Path.Combine(destination, Path.GetFileName(folder)), meter, cancellation);
    }

    static void CopyFolder(string source, string destination, ByteMeter meter, CancellationToken cancellation)
    {
        Directory.CreateDirectory(destination);
        foreach (string file in Directory.EnumerateFiles(source)) Copy(file, Path.Combine(destination, Path.GetFileName(file)), meter, cancellation);
        // A link to a folder may lead back up.
        foreach (string folder in Directory.EnumerateDirectories(source))
            if (!new DirectoryInfo(folder).Attributes.HasFlag(FileAttributes.ReparsePoint))
                CopyFolder(folder, Path.Combine(destination, Path.GetFileName(folder)), meter, cancellation);
    }

    static void Copy(string source, string destination, ByteMeter meter, CancellationToken cancellation)
    {
        meter.Begin(Path.GetFileName(source));
        using var from = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        using var to = new FileStream(destination, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        byte[] piece = new byte[(int)Math.Min(PieceLength, Math.Max(1, from.Length))];
        for (int count; (count = from.Read(piece)) > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            to.Write(piece, 0, count);
        }
    }
}
