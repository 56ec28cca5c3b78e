using PgpSr.Imaging;
using PgpSr.Managed;

namespace PgpSr.CommandLine;

/// <summary>The file that a result is written to: its destination, or a temporary one that goes to the standard output when it is whole.</summary>
sealed class ResultFile : IDisposable
{
    readonly Func<Stream> _openStandard;

    /// <summary>Makes the folder of the destination.</summary>
    /// <param name="item">The picture; read for its format where the destination has no name.</param>
    /// <param name="output">How results are written.</param>
    /// <param name="openStandard">Opens the standard output.</param>
    public ResultFile(BatchItem item, OutputOptions output, Func<Stream> openStandard)
    {
        _openStandard = openStandard;
        (Path, Output) = (item.Destination, output);
        IsStandard = item.Destination == OutputNaming.Standard;
        if (IsStandard)
        {
            Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"pgpsr-{Guid.NewGuid():N}");
            Output = output with { Format = output.Format ?? FormatOf(item, output) };
        }
        else if (System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }
    }

    /// <summary>Where the picture is written.</summary>
    public string Path { get; }

    /// <summary>How it is written: with a format where the path has no extension.</summary>
    public OutputOptions Output { get; }

    bool IsStandard { get; }

    /// <summary>The picture is whole: it goes to the standard output if that is where it belongs.</summary>
    public void Complete()
    {
        if (!IsStandard) return;
        using FileStream from = File.OpenRead(Path);
        using Stream to = _openStandard();
        from.CopyTo(to);
        to.Flush();
    }

    // The source's own where it is written, as between files.
    static ImageFormat FormatOf(BatchItem item, OutputOptions output)
    {
        using ImageReader reader = ImageReader.Open(item.Read, output.Limits);
        return ImageFormats.Written.Contains(reader.Format) ? reader.Format : ImageFormat.Png;
    }

    /// <summary>Deletes the temporary file.</summary>
    public void Dispose()
    {
        if (IsStandard) File.Delete(Path);
    }
}
