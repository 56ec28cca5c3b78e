using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace PgpSr.Safetensors;

/// <summary>
/// The tensors of a checkpoint, in one file or in several with an index (<c>*.safetensors.index.json</c>), under one set of names.
/// The index has been checked against the shards when <see cref="Open"/> returns.
/// </summary>
public sealed class SafetensorsCheckpoint : IDisposable
{
    readonly Dictionary<string, (SafetensorsFile File, TensorEntry Entry)> _byName = new(StringComparer.Ordinal);

    SafetensorsCheckpoint(string path, ImmutableArray<SafetensorsFile> files)
    {
        Path = path;
        Files = files;
        Tensors = [.. files.SelectMany(file => file.Tensors)];
        foreach (var file in files)
        {
            foreach (var entry in file.Tensors)
            {
                if (_byName.TryAdd(entry.Name, (file, entry))) continue;
                Throw.Broken(
                    SafetensorsRule.ShardDuplicate, file.Path, entry.Name,
                    $"the tensor is in the shard '{_byName[entry.Name].File.Path}' as well.");
            }
        }
    }

    /// <summary>The file or index that was opened: the one that was found, if a folder was given.</summary>
    public string Path { get; }

    /// <summary>The open files, in the order of their names.</summary>
    public ImmutableArray<SafetensorsFile> Files { get; }

    /// <summary>The tensors of all files, file by file in the order of their bytes: the order in which reading is fastest.</summary>
    public ImmutableArray<TensorEntry> Tensors { get; }

    /// <summary>The tensor of this name.</summary>
    /// <exception cref="SafetensorsException">There is none (<see cref="SafetensorsRule.TensorNotFound"/>).</exception>
    public TensorEntry this[string name]
    {
        get
        {
            if (!_byName.TryGetValue(name, out var found)) Throw.NotFound(Path, name);
            return found.Entry;
        }
    }

    /// <summary>Opens and checks a checkpoint.</summary>
    /// <param name="path">A <c>.safetensors</c> file, a <c>.json</c> index, or a folder that holds one of them.</param>
    /// <param name="variant">
    /// In a folder, the variant to take, as in <c>model.fp16.safetensors</c>. Without it the files that have none are preferred; the only one is
    /// taken whatever its variant.
    /// </param>
    /// <exception cref="SafetensorsException">A file, or the index, breaks a rule; or the folder leaves the choice open
    /// (<see cref="SafetensorsRule.FolderUnclear"/>).</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static SafetensorsCheckpoint Open(string path, string? variant = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) path = CheckpointFolder.Choose(path, variant);
        if (!path.EndsWith(".json", StringComparison.OrdinalIgnoreCase)) return Over(path, [path], null);

        var index = ShardIndex.Read(path);
        var folder = System.IO.Path.GetDirectoryName(path) ?? "";
        return Over(path, [.. index.Shards.Select(shard => System.IO.Path.Combine(folder, shard))], index);
    }

    /// <summary>Finds a tensor by name.</summary>
    public bool TryGet(string name, [MaybeNullWhen(false)] out TensorEntry entry)
    {
        var found = _byName.TryGetValue(name, out var value);
        entry = value.Entry;
        return found;
    }

    /// <summary>The file that holds a tensor of this checkpoint.</summary>
    public SafetensorsFile FileOf(TensorEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (!_byName.TryGetValue(entry.Name, out var found)) Throw.NotFound(Path, entry.Name);
        return found.File;
    }

    /// <inheritdoc cref="SafetensorsFile.Bytes(TensorEntry)"/>
    public ReadOnlySpan<byte> Bytes(TensorEntry entry) => FileOf(entry).Bytes(entry);

    /// <inheritdoc cref="SafetensorsFile.Bytes(TensorEntry, long, int)"/>
    public ReadOnlySpan<byte> Bytes(TensorEntry entry, long offset, int count) => FileOf(entry).Bytes(entry, offset, count);

    /// <inheritdoc cref="SafetensorsFile.Read"/>
    public void Read(TensorEntry entry, long offset, Span<byte> destination) => FileOf(entry).Read(entry, offset, destination);

    /// <inheritdoc cref="SafetensorsFile.ReadSingles(string)"/>
    public float[] ReadSingles(string name) => ReadSingles(this[name]);

    /// <inheritdoc cref="SafetensorsFile.ReadSingles(TensorEntry)"/>
    public float[] ReadSingles(TensorEntry entry) => FileOf(entry).ReadSingles(entry);

    /// <inheritdoc cref="SafetensorsFile.ReadSingles(TensorEntry, long, Span{float})"/>
    public void ReadSingles(TensorEntry entry, long first, Span<float> destination) => FileOf(entry).ReadSingles(entry, first, destination);

    /// <summary>Closes all files. No span of them may be used afterwards.</summary>
    public void Dispose()
    {
        foreach (var file in Files) file.Dispose();
    }

    static SafetensorsCheckpoint Over(string path, string[] paths, ShardIndex? index)
    {
        var files = new List<SafetensorsFile>();
        try
        {
            foreach (var shard in paths)
            {
                if (index is not null && !File.Exists(shard))
                    Throw.Broken(
                        SafetensorsRule.ShardNotFound, path, null,
                        $"the index names the shard '{shard}', which does not exist. Download all files of the checkpoint.");
                files.Add(SafetensorsFile.Open(shard));
            }

            var checkpoint = new SafetensorsCheckpoint(path, [.. files]);
            if (index is not null) checkpoint.Compare(index);
            return checkpoint;
        }
        catch
        {
            foreach (var file in files) file.Dispose();
            throw;
        }
    }

    void Compare(ShardIndex index)
    {
        foreach (var (tensor, shard) in index.WeightMap)
        {
            var found = _byName.TryGetValue(tensor, out var value);
            if (found && System.IO.Path.GetFileName(value.File.Path) == shard) continue;
            var where = found ? $"it is in '{System.IO.Path.GetFileName(value.File.Path)}'." : "no shard has it.";
            Throw.Broken(SafetensorsRule.ShardLacksTensor, Path, tensor, $"the index says it is in '{shard}', but {where}");
        }

        foreach (var (tensor, (file, _)) in _byName)
        {
            if (!index.WeightMap.ContainsKey(tensor))
                Throw.Broken(SafetensorsRule.ShardTensorUnlisted, Path, tensor, $"it is in '{file.Path}', but the index does not list it.");
        }
    }
}
