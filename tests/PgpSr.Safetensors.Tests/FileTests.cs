using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace PgpSr.Safetensors.Tests;

public sealed partial class FileTests
{
    [Fact]
    public void A_file_over_4_GB_with_a_tensor_over_2_GB_is_addressed_to_its_end()
    {
        // Sparse: the body is a hole in the disk but for its last bytes.
        const long Large = (4L << 30) + 8;
        using var folder = new TemporaryFolder();
        var path = folder["large.safetensors"];
        var json = $$$"""
            {"large":{"dtype":"U8","shape":[{{{Large}}}],"data_offsets":[0,{{{Large}}}]},
             "small":{"dtype":"F32","shape":[2],"data_offsets":[{{{Large}}},{{{Large + 8}}}]}}
            """;
        var bytes = HeaderTests.FileOf(json, 0);
        using (var stream = File.Create(path))
        {
            stream.Write(bytes);
            stream.Position = bytes.Length + Large - 1;
            stream.Write([7, .. MemoryMarshal.AsBytes<float>([1.5f, -2.5f])]);
        }

        using var file = SafetensorsFile.Open(path);
        var large = file["large"];
        Assert.Equal(Large, large.ElementCount);
        Assert.Equal(bytes.Length + Large, file["small"].ByteOffset);
        Assert.Equal(SafetensorsRule.TensorTooLarge, Assert.Throws<SafetensorsException>(() => file.Bytes(large).Length).Rule);
        Assert.Equal(SafetensorsRule.TensorTooLarge, Assert.Throws<SafetensorsException>(() => file.ReadSingles(large)).Rule);
        Assert.Equal(new byte[] { 0, 7 }, file.Bytes(large, Large - 2, 2));
        var read = new byte[2];
        file.Read(large, Large - 2, read);
        Assert.Equal([0, 7], read);
        var values = new float[2];
        file.ReadSingles(large, Large - 2, values);
        Assert.Equal([0f, 7f], values);
        Assert.Equal([1.5f, -2.5f], file.ReadSingles("small"));
    }

    [Fact]
    public void Parts_outside_a_tensor_and_entries_of_other_files_are_refused()
    {
        using var folder = new TemporaryFolder();
        Write(folder["a.safetensors"], "a");
        Write(folder["b.safetensors"], "a");
        using var file = SafetensorsFile.Open(folder["a.safetensors"]);
        using var other = SafetensorsFile.Open(folder["b.safetensors"]);
        var entry = file["a"];
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Bytes(entry, 0, 9).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Bytes(entry, 9, 0).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Bytes(entry, -1, 1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Bytes(entry, long.MaxValue, 1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadSingles(entry, 1, new float[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadSingles(entry, -1, new float[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(entry, 4, new byte[5]));
        Assert.Throws<ArgumentException>(() => file.Bytes(other["a"]).Length);
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Bytes(entry).Length);
    }

    [Fact]
    public void A_file_is_read_from_several_threads_at_once()
    {
        using var folder = new TemporaryFolder();
        Write(folder["a.safetensors"], [.. Enumerable.Range(0, 100).Select(i => $"t{i}")]);
        using var file = SafetensorsFile.Open(folder["a.safetensors"]);
        Parallel.For(0, 1000, i =>
        {
            Assert.Equal([i % 100, -1f], file.ReadSingles($"t{i % 100}"));
            var bytes = new byte[8];
            file.Read(file[$"t{i % 100}"], 0, bytes);
            Assert.Equal(bytes, file.Bytes(file[$"t{i % 100}"]));
        });
    }

    [Fact]
    public void The_five_lines_of_the_readme_run()
    {
        using var folder = new TemporaryFolder();
        var writer = new SafetensorsWriter { Metadata = { ["format"] = "pt" } };
        writer.Add("conv_in.weight", SafetensorsDType.Float16, [2], new byte[] { 0, 0x3c, 0, 0xc0 });
        writer.Write(folder["model.safetensors"]);
        var output = new StringWriter();
        var before = Environment.CurrentDirectory;
        Environment.CurrentDirectory = folder.Root;
        try
        {
            ReadmeSample.Run(output);
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }

        Assert.Equal(["conv_in.weight F16 [2]", "1 -2 4", "pt"], output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));

        // The sample and the README are the same lines, but for where the lines go.
        var readme = CodeBlock().Match(File.ReadAllText(ReadmeSample.ReadmePath())).Groups[1].Value;
        var sample = File.ReadAllText(ReadmeSample.SourcePath());
        foreach (var line in readme.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            Assert.Contains(TrailingComment().Replace(line, ""), sample, StringComparison.Ordinal);
    }

    static void Write(string path, params string[] names)
    {
        var writer = new SafetensorsWriter();
        for (var i = 0; i < names.Length; i++) writer.Add(names[i], SafetensorsDType.Float32, [2], MemoryMarshal.AsBytes<float>([i, -1]).ToArray());
        writer.Write(path);
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"\s*//.*$")]
    private static partial Regex TrailingComment();
}
