using System.Buffers.Binary;
using System.Text.Json;
using PgpSr.Safetensors;

namespace PgpSr.Text.Tests;

public sealed class ClipTokenizerTests
{
    public static IEnumerable<TheoryDataRow<string>> Goldens() => GoldenFiles("clip_tokens").Select(file => new TheoryDataRow<string>(file));

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Goldens))]
    public void Every_golden_prompt_becomes_the_published_ids(string path)
    {
        var tokenizer = Load();
        using var golden = SafetensorsFile.Open(path);
        using var config = JsonDocument.Parse(golden.Metadata["config"]);
        string[] prompts = [.. config.RootElement.GetProperty("prompts").EnumerateArray().Select(p => p.GetString()!)];
        long[] padEnd = Ids(golden, "output.ids"), padBang = Ids(golden, "output.ids_pad_bang");
        for (int i = 0; i < prompts.Length; i++)
        {
            Assert.Equal(padEnd[(i * 77)..((i + 1) * 77)], tokenizer.Encode(prompts[i]).Select(id => (long)id));
            Assert.Equal(padBang[(i * 77)..((i + 1) * 77)], tokenizer.Encode(prompts[i], ClipTokenizer.Bang).Select(id => (long)id));
        }
    }

    [Fact]
    public void Any_text_gives_77_ids_that_begin_and_end_with_the_frame()
    {
        var tokenizer = Load();
        var random = new Random(77);
        for (int round = 0; round < 300; round++)
        {
            // Any UTF-16, unpaired surrogates included.
            string text = string.Create(random.Next(200), random, static (span, r) =>
            {
                foreach (ref char c in span) c = (char)r.Next(r.Next(2) == 0 ? 128 : 65536);
            });
            int[] ids = tokenizer.Encode(text);
            Assert.Equal(ClipTokenizer.Length, ids.Length);
            Assert.Equal(49406, ids[0]);
            Assert.Contains(49407, ids);
            Assert.All(ids, id => Assert.InRange(id, 0, 49407));
        }
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{\"a\": \"b\"}")]
    [InlineData("{\"a\": -1}")]
    [InlineData("{\"a\": 1")]
    [InlineData("{\"a\": 1}")]
    [InlineData("")]
    public void A_vocabulary_that_is_none_is_refused_by_name(string vocabulary)
    {
        var folder = Directory.CreateTempSubdirectory("pgpsr-text");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "vocab.json"), vocabulary);
            File.WriteAllText(Path.Combine(folder.FullName, "merges.txt"), "#version: 0.2\na b\n");
            var e = Assert.Throws<TokenizerException>(() => ClipTokenizer.Load(folder.FullName));
            Assert.EndsWith("vocab.json", e.File, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_missing_folder_is_refused_by_name() =>
        Assert.Contains("vocab.json", Assert.Throws<TokenizerException>(() => ClipTokenizer.Load("nowhere")).Message, StringComparison.Ordinal);

    // The CLIP vocabulary is not part of this repository; checkpoints bring their own.
    static ClipTokenizer Load()
    {
        string? folder = Environment.GetEnvironmentVariable("PGPSR_TOKENIZER");
        for (var up = new DirectoryInfo(AppContext.BaseDirectory); folder is null && up is not null; up = up.Parent)
        {
            string candidate = Path.Combine(up.FullName, "shared", "tokenizer");
            if (File.Exists(Path.Combine(candidate, "vocab.json"))) folder = candidate;
        }
        if (folder is null) Assert.Skip("no CLIP vocabulary: set PGPSR_TOKENIZER to a folder with vocab.json and merges.txt");
        return ClipTokenizer.Load(folder);
    }

    static List<string> GoldenFiles(string kind)
    {
        string? setting = Environment.GetEnvironmentVariable("PGPSR_GOLDENS");
        string[] folders = setting?.Split(';', StringSplitOptions.RemoveEmptyEntries) ?? [FindUp(Path.Combine("tests", "goldens"))];
        var files = new List<string>();
        foreach (string file in folders.SelectMany(f => Directory.EnumerateFiles(f, "*.safetensors")).Order(StringComparer.Ordinal))
        {
            using var golden = SafetensorsFile.Open(file);
            if (golden.Metadata.GetValueOrDefault("kind") == kind) files.Add(file);
        }
        return files;
    }

    static string FindUp(string relative)
    {
        for (var up = new DirectoryInfo(AppContext.BaseDirectory); up is not null; up = up.Parent)
            if (Directory.Exists(Path.Combine(up.FullName, relative))) return Path.Combine(up.FullName, relative);
        throw new DirectoryNotFoundException($"no {relative} above {AppContext.BaseDirectory}");
    }

    static long[] Ids(SafetensorsFile golden, string name)
    {
        var bytes = golden.Bytes(golden[name]);
        var ids = new long[bytes.Length / 8];
        for (int i = 0; i < ids.Length; i++) ids[i] = BinaryPrimitives.ReadInt64LittleEndian(bytes[(i * 8)..]);
        return ids;
    }
}
