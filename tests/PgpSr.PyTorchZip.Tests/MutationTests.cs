using System.Globalization;

namespace PgpSr.PyTorchZip.Tests;

/// <summary>Damaged pickles and archives: whatever is done to the bytes, the answer is a checkpoint or a <see cref="PyTorchZipException"/>.</summary>
public sealed class MutationTests
{
    // A few seconds; PGPSR_MUTATIONS=5000000 takes minutes.
    static readonly int s_count = int.Parse(Environment.GetEnvironmentVariable("PGPSR_MUTATIONS") ?? "300000", CultureInfo.InvariantCulture);

    static readonly byte[] s_opcodes = [.. ".(NKMJGX)t]ae}suqrhjcQRbio"u8, 0x80, 0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x93, 0x94, 0x95];

    [Fact]
    public void A_damaged_pickle_is_a_table_of_tensors_or_a_typed_error()
    {
        var archives = new[] { PythonFixture.Protocol2, PythonFixture.Protocol4 }.Select(s => Convert.FromBase64String(s.ReplaceLineEndings("")));
        var seeds = archives.Select(Pickle).ToArray();
        var accepted = 0;
        Mutate(seeds, s_count, (bytes, _) =>
        {
            var table = new TensorTable("memory", key => (100, key switch { "0" => 40, "1" => 6, _ => 8 }), bytes.Length);
            table.Add(new PickleMachine(bytes, "memory").Run());
            accepted++;
            foreach (var tensor in table.Tensors)
            {
                Assert.InRange(tensor.ByteOffset, 100, 140);
                Assert.InRange(tensor.ByteOffset + tensor.ByteCount, 100, 140);
            }
        });
        Assert.True(accepted > s_count / 100, $"{accepted} of {s_count} accepted");
    }

    // The checkpoints in the layouts that people have, their storages where an archive would have them. A thousand mutations, or as many as are asked for.
    [Fact]
    public void A_damaged_published_pickle_is_a_table_of_tensors_or_a_typed_error()
    {
        string folder = PublishedFolder();
        (byte[] Pickle, Dictionary<string, long> Storages)[] files = [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)
            .Where(bytes => bytes.AsSpan().StartsWith("PK"u8)).Select(bytes => (Pickle(bytes), Storages(bytes)))];
        Assert.True(files.Length > 10, folder);
        int count = Environment.GetEnvironmentVariable("PGPSR_MUTATIONS") is null ? 1000 : s_count, accepted = 0;
        Mutate([.. files.Select(file => file.Pickle)], count, (bytes, seed) =>
        {
            var table = new TensorTable("memory", key => (100, files[seed].Storages.GetValueOrDefault(key, 8)), bytes.Length);
            table.Add(new PickleMachine(bytes, "memory").Run());
            accepted++;
            long most = files[seed].Storages.Values.Max();
            foreach (var tensor in table.Tensors)
            {
                Assert.InRange(tensor.ByteOffset, 100, 100 + most);
                Assert.InRange(tensor.ByteOffset + tensor.ByteCount, 100, 100 + most);
            }
        });
        Assert.True(accepted > count / 100, $"{accepted} of {count} accepted");
    }

    [Fact]
    public void A_damaged_archive_is_a_checkpoint_or_a_typed_error()
    {
        using var file = new TemporaryFile();
        Mutate([Convert.FromBase64String(PythonFixture.Protocol2.ReplaceLineEndings(""))], s_count / 30, (bytes, _) =>
        {
            File.WriteAllBytes(file.Path, bytes);
            using var checkpoint = PyTorchZipFile.Open(file.Path);
            foreach (var tensor in checkpoint.Tensors) checkpoint.CopyTo(tensor, Stream.Null);
        });
    }

    static byte[] Pickle(byte[] archive)
    {
        using var file = new TemporaryFile(archive);
        using var zip = System.IO.Compression.ZipFile.OpenRead(file.Path);
        using var stream = zip.Entries.Single(entry => entry.Name == "data.pkl").Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    static Dictionary<string, long> Storages(byte[] archive)
    {
        using var file = new TemporaryFile(archive);
        using var zip = System.IO.Compression.ZipFile.OpenRead(file.Path);
        return zip.Entries.Where(entry => entry.FullName.Contains("/data/", StringComparison.Ordinal)).ToDictionary(entry => entry.Name, entry => entry.Length);
    }

    static string PublishedFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !Directory.Exists(Path.Combine(folder.FullName, "tests", "goldens"))) folder = folder.Parent;
        return Path.Combine(folder!.FullName, "tests", "goldens", "public", "checkpoints");
    }

    static void Mutate(byte[][] seeds, int count, Action<byte[], int> run)
    {
        for (var i = 0; i < count; i++)
        {
            // Each mutation has a seed of its own, so that one alone can be repeated.
            var random = new Random(i);
            int seed = random.Next(seeds.Length);
            var bytes = Damage(random, seeds[seed]);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                run(bytes, seed);
            }
            catch (PyTorchZipException)
            {
                // Refused: one of the two right answers.
            }
            catch (Exception e)
            {
                Assert.Fail($"mutation {i}: {e}");
            }

            // The reader's own buffers take as much as the pieces it reads; objects take some hundred bytes for each byte of the pickle.
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < (512 * bytes.Length) + 262144, $"mutation {i} of {bytes.Length} bytes allocated {allocated}");
        }
    }

    static byte[] Damage(Random random, byte[] seed)
    {
        var bytes = seed.ToList();
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(7))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes.RemoveRange(at, Math.Min(random.Next(1, 12), bytes.Count - at - 1)); break;
                case 3: bytes.Insert(at, s_opcodes[random.Next(s_opcodes.Length)]); break;
                case 4: bytes[at] = s_opcodes[random.Next(s_opcodes.Length)]; break;
                case 5: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 60), bytes.Count - at))); break;
                default: bytes.InsertRange(at, [0x8a, 8, .. BitConverter.GetBytes(random.NextInt64(long.MinValue, long.MaxValue))]); break;
            }
        }

        return random.Next(32) == 0 ? [.. bytes[..random.Next(bytes.Count)]] : [.. bytes];
    }
}
