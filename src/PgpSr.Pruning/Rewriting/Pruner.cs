using System.Collections.Immutable;
using System.Text.Json;

namespace PgpSr.Pruning;

/// <summary>Writes a smaller checkpoint by a plan. The source is only read; the result appears whole or not at all.</summary>
static class Pruner
{
    /// <summary>Prunes a model.</summary>
    /// <param name="source">The model.</param>
    /// <param name="plan">What stays and what goes.</param>
    /// <param name="destination">A folder that does not exist yet; for a model of one file also the name of a file, ending in
    /// <c>.safetensors</c>.</param>
    /// <param name="options">How to write; null for the defaults.</param>
    /// <param name="progress">Told some times a second.</param>
    /// <param name="cancellation">Stops within a piece of 4 MB; nothing stays.</param>
    /// <exception cref="PruningException">The plan does not fit (<see cref="PruningFault.PlanMisfit"/>), or something stands at the
    /// destination.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Multiply-accumulates cannot be counted for <see cref="PruneOptions.CountSide"/>.</exception>
    /// <exception cref="IOException">The destination cannot be written to.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was left.</exception>
    public static PruneResult Run(
        Checkpoint source, PruningPlan plan, string destination, PruneOptions? options = null,
            IProgress<RewriteProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentException.ThrowIfNullOrEmpty(destination);
        options ??= new PruneOptions();
        var target = PrunedModel.Of(source, plan, options);
        bool toFile = destination.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase);
        if (toFile && !source.IsOneFile)
            Throw.Unsupported(destination, $"what is made of {source.Path} has a configuration beside its weights: name a folder");
        Refuse(source, destination, options);
        var (before, after) = (ModelTree.Of(source, options.CountSide), ModelTree.Of(target, options.CountSide));

        // A file appears by renaming and must be right by then; a small one is hashed first. A folder's files can be put right before it appears.
        var files = toFile ? SourceFiles.Hash(source, cancellation) : SourceFiles.Pending(source);
        var layout = OutputLayout.Of(source, target, toFile ? Path.GetFileName(destination) : null, Record(source, plan, options, files));
        using var meter = new ByteMeter(progress, layout.Files.Sum(f => f.Tensors.Sum(t => t.ByteCount)));
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(destination))!);
        if (toFile) layout.WriteFile(destination, meter, cancellation);
        else files = WriteFolder(source, layout, files, destination, options, meter, cancellation);

        string result = toFile || !source.IsOneFile ? destination : Path.Combine(destination, layout.Files[0].Name);
        return new PruneResult(result, before, after, Warnings(source, options, files));
    }

    static ImmutableArray<SourceFile> WriteFolder(
        Checkpoint source, OutputLayout layout, ImmutableArray<SourceFile> pending, string destination,
            PruneOptions options, ByteMeter meter, CancellationToken cancellation)
    {
        string final = Path.TrimEndingDirectorySeparator(Path.GetFullPath(destination)), temporary = $"{final}.{Guid.NewGuid():N}.tmp";
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        // Hashing reads the source front to back, a little ahead of the copying: the disk is read once.
        var hashing = Task.Run(() => SourceFiles.Hash(source, ending.Token), CancellationToken.None);
        try
        {
            Directory.CreateDirectory(temporary);
            layout.WriteInto(temporary, meter, cancellation);
            if (source.IsPipelineFolder && options.CopyOtherFiles) OtherFiles.Copy(source, temporary, meter, cancellation);
            var files = hashing.GetAwaiter().GetResult();
            foreach (var file in layout.Files)
                HeaderPatch.Replace(Path.Combine(temporary, file.Name), pending.Zip(files, (old, known) => (old.Sha256, known.Sha256)));
            cancellation.ThrowIfCancellationRequested();
            RefuseForeign(destination, temporary, final);
            PutInPlace(temporary, final);
            return files;
        }
        catch
        {
            ending.Cancel();
            Task.WaitAny([hashing], CancellationToken.None);
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
            throw;
        }
    }

    // A model is replaced, not what else somebody keeps in its folder: everything there must have a file of the new model's in its place.
    static void RefuseForeign(string destination, string temporary, string final)
    {
        if (!Directory.Exists(final)) return;
        foreach (string path in Directory.EnumerateFiles(final, "*", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(final, path);
            if (!File.Exists(Path.Combine(temporary, name)))
                Throw.OutputExists(destination, $"holds {name} besides a model; only a model is replaced, never another file. Name another place");
        }
    }

    // What stands there was asked to be replaced, or is empty; it goes only when the new model is in its place.
    static void PutInPlace(string temporary, string final)
    {
        string? old = Directory.Exists(final) ? $"{temporary}.old" : null;
        if (old is not null) Directory.Move(final, old);
        try
        {
            Directory.Move(temporary, final);
        }
        catch
        {
            if (old is not null) Directory.Move(old, final);
            throw;
        }
        if (old is not null) Directory.Delete(old, recursive: true);
    }

    static void Refuse(Checkpoint source, string destination, PruneOptions options)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(destination));
        foreach (string path in source.Files.Append(source.Path).Select(Path.GetFullPath))
        {
            if (path == full || path.StartsWith(full + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                Throw.OutputExists(destination, "holds the source itself, which is never changed; name another place");
        }
        string within = Path.TrimEndingDirectorySeparator(Path.GetFullPath(source.Path)) + Path.DirectorySeparatorChar;
        if (full.StartsWith(within, StringComparison.Ordinal))
            Throw.OutputExists(destination, "lies inside the source, which is never changed; name another place");
        bool exists = File.Exists(full) || (Directory.Exists(full) && Directory.EnumerateFileSystemEntries(full).Any());
        if (exists && !options.Overwrite) Throw.OutputExists(destination, "already exists; name another place, or allow overwriting");
        if (options.Overwrite && File.Exists(full) != full.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) && exists)
            Throw.OutputExists(destination, "a file stands where a folder should go, or a folder where a file should go");
        if (exists && Directory.Exists(full) && !HoldsModel(full))
            Throw.OutputExists(destination, "contains no model; only a model is replaced, never another folder. Name another place");
    }

    static bool HoldsModel(string folder) =>
        Directory.Exists(Path.Combine(folder, "unet")) || Directory.EnumerateFiles(folder, "*.safetensors").Any();

    static string Record(Checkpoint source, PruningPlan plan, PruneOptions options, ImmutableArray<SourceFile> files) => JsonSerializer.Serialize(
        new PruningRecord
        {
            Source = files,
            Plan = PlanDocument.Of(plan),
            Rules = options.Rules is { } r ? new RecordedRules(r.Coarse, r.Fine, r.Pairs, r.TauCos, r.TauKl, r.KeepPerStack, r.CoarseKeepsStrongest)
                : null,
            Scores = options.Report is null ? []
                : [.. options.Report.Blocks.Select(b => new RecordedScore(b.Path, b.MeanPhiCos, b.MeanPsiKl, b.SkipError))],
            Previous = PruningRecord.Read(source.Metadata),
        },
        PruningJson.Compact.PruningRecord);

    static ImmutableArray<string> Warnings(Checkpoint source, PruneOptions options, ImmutableArray<SourceFile> files)
    {
        if (options.Report is not { } report || report.Model.Files.Select(f => f.Sha256).SequenceEqual(files.Select(f => f.Sha256))) return [];
        return [$"the report was made of other weights ({report.Model.Name}) of the same topology as {source.Path}"];
    }
}
