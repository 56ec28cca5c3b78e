using System.Text.Json;

namespace PgpSr.Safetensors.Tests;

public sealed class CheckpointTests
{
    const string Index = "model.safetensors.index.json";
    const string First = "model-00001-of-00002.safetensors";
    const string Second = "model-00002-of-00002.safetensors";

    [Fact]
    public void A_sharded_checkpoint_is_one_set_of_names()
    {
        using var folder = new TemporaryFolder();
        WriteShard(folder[First], "a", "b");
        WriteShard(folder[Second], "c");
        WriteIndex(folder[Index], ("a", First), ("b", First), ("c", Second));
        foreach (var path in new[] { folder.Root, folder[Index] })
        {
            using var checkpoint = SafetensorsCheckpoint.Open(path);
            Assert.Equal(folder[Index], checkpoint.Path);
            Assert.Equal(["a", "b", "c"], checkpoint.Tensors.Select(t => t.Name));
            Assert.Equal([folder[First], folder[Second]], checkpoint.Files.Select(f => f.Path));
            Assert.Equal([(byte)'c'], checkpoint.Bytes(checkpoint["c"]));
            Assert.Equal([(float)'b'], checkpoint.ReadSingles("b"));
            Assert.False(checkpoint.TryGet("d", out _));
            Assert.Equal(SafetensorsRule.TensorNotFound, Assert.Throws<SafetensorsException>(() => checkpoint["d"]).Rule);
        }
    }

    [Fact]
    public void A_single_file_is_a_checkpoint()
    {
        using var folder = new TemporaryFolder();
        WriteShard(folder["model.safetensors"], "a");
        foreach (var path in new[] { folder.Root, folder["model.safetensors"] })
        {
            using var checkpoint = SafetensorsCheckpoint.Open(path);
            Assert.Equal("a", checkpoint.Tensors.Single().Name);
        }
    }

    [Fact]
    public void A_missing_shard_is_refused()
    {
        using var folder = new TemporaryFolder();
        WriteShard(folder[First], "a");
        WriteIndex(folder[Index], ("a", First), ("c", Second));
        Assert.Contains(Second, Refused(folder, SafetensorsRule.ShardNotFound, null), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_in_another_shard_than_the_index_says_is_refused()
    {
        using var folder = new TemporaryFolder();
        WriteShard(folder[First], "a", "b");
        WriteShard(folder[Second], "c");
        WriteIndex(folder[Index], ("a", First), ("b", Second), ("c", Second));
        Refused(folder, SafetensorsRule.ShardLacksTensor, "b");
        WriteIndex(folder[Index], ("a", First), ("b", First), ("c", Second), ("d", Second));
        Refused(folder, SafetensorsRule.ShardLacksTensor, "d");
    }

    [Fact]
    public void A_tensor_in_two_shards_is_refused()
    {
        using var folder = new TemporaryFolder();
        WriteShard(folder[First], "a", "b");
        WriteShard(folder[Second], "b", "c");
        WriteIndex(folder[Index], ("a", First), ("b", First), ("c", Second));
        Refused(folder, SafetensorsRule.ShardDuplicate, "b");
    }

    [Fact]
    public void A_tensor_that_the_index_does_not_list_is_refused()
    {
        using var folder = new TemporaryFolder();
        WriteShard(folder[First], "a", "b");
        WriteIndex(folder[Index], ("a", First));
        Refused(folder, SafetensorsRule.ShardTensorUnlisted, "b");
    }

    [Theory]
    [InlineData("../model.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("..\\model.safetensors")]
    [InlineData("C:model.safetensors")]
    [InlineData("sub/model.safetensors")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("a\0b")]
    public void A_shard_outside_the_folder_is_refused(string shard)
    {
        using var folder = new TemporaryFolder();
        WriteIndex(folder[Index], ("a", shard));
        Refused(folder, SafetensorsRule.ShardOutsideFolder, "a");
    }

    [Theory]
    [InlineData("", SafetensorsRule.IndexInvalid)]
    [InlineData("[]", SafetensorsRule.IndexInvalid)]
    [InlineData("{}", SafetensorsRule.IndexInvalid)]
    [InlineData("""{"weight_map":{}}""", SafetensorsRule.IndexInvalid)]
    [InlineData("""{"weight_map":[]}""", SafetensorsRule.IndexInvalid)]
    [InlineData("""{"weight_map":{"a":1}}""", SafetensorsRule.IndexInvalid)]
    [InlineData("""{"weight_map":{"a":"b"}""", SafetensorsRule.IndexInvalid)]
    [InlineData("""{"weight_map":{"a":"b"}} x""", SafetensorsRule.IndexInvalid)]
    [InlineData("""{"weight_map":{"\ud800":"b"}}""", SafetensorsRule.IndexInvalid)]
    [InlineData("""{"weight_map":{"a":"b","a":"b"}}""", SafetensorsRule.DuplicateKey)]
    [InlineData("""{"weight_map":{"a":"b"},"weight_map":{"a":"b"}}""", SafetensorsRule.DuplicateKey)]
    [InlineData("version https://git-lfs.github.com/spec/v1\n", SafetensorsRule.GitLfsPointer)]
    public void An_index_that_makes_no_sense_is_refused(string json, SafetensorsRule rule)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder[Index], json);
        Assert.Equal(rule, Assert.Throws<SafetensorsException>(() => SafetensorsCheckpoint.Open(folder[Index])).Rule);
    }

    [Fact]
    public void A_failed_open_closes_the_shards_it_had_opened()
    {
        using var folder = new TemporaryFolder();
        WriteShard(folder[First], "a");
        File.WriteAllBytes(folder[Second], [1, 2, 3]);
        WriteIndex(folder[Index], ("a", First), ("c", Second));
        Assert.Throws<SafetensorsException>(() => SafetensorsCheckpoint.Open(folder.Root));
        // Opening exclusively fails while another handle is open.
        using var exclusive = new FileStream(folder[First], FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    [Theory]
    [InlineData(null, "model.safetensors", "model.safetensors", "model.fp16.safetensors")]
    [InlineData("fp16", "model.fp16.safetensors", "model.safetensors", "model.fp16.safetensors")]
    [InlineData(null, "model.fp16.safetensors", "model.fp16.safetensors", "config.json")]
    [InlineData(null, "sd_xl_base_1.0.safetensors", "sd_xl_base_1.0.safetensors")]
    [InlineData("fp16", null, "model.safetensors")]
    [InlineData(null, null, "a.safetensors", "b.safetensors")]
    [InlineData(null, null, "a.x.safetensors", "a.y.safetensors")]
    [InlineData(null, null, "model-00001-of-00002.safetensors")]
    [InlineData(null, null)]
    public void A_folder_gives_the_checkpoint_that_its_names_single_out(string? variant, string? expected, params string[] names)
    {
        using var folder = new TemporaryFolder();
        foreach (var name in names) WriteShard(folder[name], "a");
        if (expected is null)
        {
            var error = Assert.Throws<SafetensorsException>(() => SafetensorsCheckpoint.Open(folder.Root, variant));
            Assert.Equal(SafetensorsRule.FolderUnclear, error.Rule);
            return;
        }

        using var checkpoint = SafetensorsCheckpoint.Open(folder.Root, variant);
        Assert.Equal(folder[expected], checkpoint.Path);
    }

    [Fact]
    public void The_index_of_a_variant_is_found_by_its_name()
    {
        using var folder = new TemporaryFolder();
        WriteShard(folder["model.safetensors"], "plain");
        WriteShard(folder["model.fp16-00001-of-00001.safetensors"], "half");
        WriteIndex(folder["model.safetensors.index.fp16.json"], ("half", "model.fp16-00001-of-00001.safetensors"));
        using var plain = SafetensorsCheckpoint.Open(folder.Root);
        using var half = SafetensorsCheckpoint.Open(folder.Root, "fp16");
        Assert.Equal(("plain", "half"), (plain.Tensors.Single().Name, half.Tensors.Single().Name));
    }

    static string Refused(TemporaryFolder folder, SafetensorsRule rule, string? tensor)
    {
        var error = Assert.Throws<SafetensorsException>(() => SafetensorsCheckpoint.Open(folder.Root));
        Assert.Equal((rule, tensor), (error.Rule, error.Tensor));
        return error.Message;
    }

    static void WriteShard(string path, params string[] names)
    {
        var writer = new SafetensorsWriter();
        foreach (var name in names) writer.Add(name, SafetensorsDType.UInt8, [1], new[] { (byte)name[0] });
        writer.Write(path);
    }

    static void WriteIndex(string path, params (string Tensor, string Shard)[] map)
    {
        var entries = map.Select(m => $"{JsonSerializer.Serialize(m.Tensor)}:{JsonSerializer.Serialize(m.Shard)}");
        File.WriteAllText(path, $$$"""{"metadata":{"total_size":3},"weight_map":{{{{string.Join(',', entries)}}}}}""");
    }
}
