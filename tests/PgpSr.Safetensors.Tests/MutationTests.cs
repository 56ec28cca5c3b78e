using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace PgpSr.Safetensors.Tests;

/// <summary>Damaged headers and indexes: whatever is done to the bytes, the answer is a valid header or a <see cref="SafetensorsException"/>, in
/// little memory.</summary>
public sealed class MutationTests
{
    // A few seconds; PGPSR_MUTATIONS=5000000 takes a minute or two.
    static readonly int s_count = int.Parse(Environment.GetEnvironmentVariable("PGPSR_MUTATIONS") ?? "300000", CultureInfo.InvariantCulture);

    static readonly string[] s_words =
    [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "null", "true", "-1", "0", "1", "4", "1.5", "1e9", "18446744073709551615", "9223372036854775807",
        "9223372036854775808", "4611686018427387904", "\"dtype\"", "\"shape\"", "\"data_offsets\"", "\"__metadata__\"",
        "\"F32\"", "\"F4\"", "\"F6_E2M3\"", "\"BF16\"", "\"F8_E4M3\"", "\"C64\"",
        "[0,0]", "\\u0000", "\\ud800", "\u00e9", "\ud83d\ude00", " ", "\n", "//", "/**/", "\"weight_map\"", "\"../x\"",
        "{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}",
    ];

    [Fact]
    public void A_damaged_file_is_a_valid_file_or_a_typed_error()
    {
        // Valid files weigh as much as the broken ones together: damage to those rarely gets past the rule they break already.
        var seeds = Goldens.Files("*.safetensors").Select(File.ReadAllBytes).ToList();
        foreach (var path in Enumerable.Repeat(Goldens.Files("all_dtypes*.safetensors"), 3).SelectMany(p => p)) seeds.Add(File.ReadAllBytes(path));
        for (var i = 0; i < 8; i++) seeds.Add(HeaderTests.FileOf("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4));
        for (var i = 0; i < 4; i++) seeds.Add(HeaderTests.FileOf("""{"a":{"dtype":"F4","shape":[8],"data_offsets":[0,4]}}""", 4));
        const string Two = """
            {"__metadata__":{"a":"b"},
             "w":{"dtype":"BF16","shape":[2,3],"data_offsets":[0,12]},
             "b":{"dtype":"U8","shape":[4],"data_offsets":[12,16]}}
            """;
        const string Empty = """
            {"a":{"dtype":"F4","shape":[2,4],"data_offsets":[0,4]},
             "e":{"dtype":"F32","shape":[0,9],"data_offsets":[4,4]}}
            """;
        seeds.Add(HeaderTests.FileOf(Two, 16));
        seeds.Add(HeaderTests.FileOf(Empty, 4));
        var accepted = 0;
        var refused = Mutate(seeds, headerPrefixed: true, bytes =>
        {
            var header = SafetensorsHeader.Parse(bytes, "memory");
            accepted++;
            CheckCover(header, bytes.Length);
        });

        // Whether the mutations reach everything: some files survive them, and each rule of a header refuses some.
        Assert.True(accepted > s_count / 100, $"{accepted} of {s_count} accepted");
        if (s_count < 300_000) return;
        var ofHeaders = Enum.GetValues<SafetensorsRule>().Where(rule => rule <= SafetensorsRule.BodyExtra && rule != SafetensorsRule.GitLfsPointer);
        Assert.Empty(ofHeaders.Except(refused));
    }

    [Fact]
    public void A_damaged_index_is_a_valid_index_or_a_typed_error()
    {
        const string Index = """
            {"metadata":{"total_size":3},
             "weight_map":{"a":"m-00001-of-00002.safetensors","b":"m-00002-of-00002.safetensors"}}
            """;
        Mutate([Encoding.UTF8.GetBytes(Index)], headerPrefixed: false, bytes =>
        {
            var index = ShardIndex.Parse(bytes, "memory");
            Assert.NotEmpty(index.WeightMap);
            Assert.All(index.Shards, shard => Assert.Equal(shard, Path.GetFileName(shard)));
        });
    }

    // What a reader relies on: entries that tile the body, and sizes that agree with shapes.
    static void CheckCover(SafetensorsHeader header, long fileLength)
    {
        var end = header.BodyOffset;
        var names = new HashSet<string>();
        foreach (var entry in header.Tensors)
        {
            Assert.True(names.Add(entry.Name));
            Assert.Equal(end, entry.ByteOffset);
            Assert.Equal(entry.ElementCount, entry.Shape.Aggregate(1L, (a, b) => checked(a * b)));
            Assert.Equal((Int128)entry.ByteCount * 8, (Int128)entry.ElementCount * entry.DType.BitCount());
            end += entry.ByteCount;
        }

        Assert.Equal(fileLength, end);
    }

    static HashSet<SafetensorsRule> Mutate(List<byte[]> seeds, bool headerPrefixed, Action<byte[]> run)
    {
        var refused = new HashSet<SafetensorsRule>();
        for (var i = 0; i < s_count; i++)
        {
            // Each mutation has a seed of its own, so that one alone can be repeated.
            var random = new Random(i);
            var bytes = Damage(random, seeds, headerPrefixed);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                run(bytes);
            }
            catch (SafetensorsException e)
            {
                refused.Add(e.Rule);
            }
            catch (Exception e)
            {
                Assert.Fail($"mutation {i} of {Convert.ToBase64String(bytes)}: {e}");
            }

            // Strings, entries and a stack trace: in proportion to the bytes, whatever sizes they claim.
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(
                allocated < (256 * bytes.Length) + 65536,
                $"mutation {i} allocated {allocated} bytes for a file of {bytes.Length}: {Convert.ToBase64String(bytes)}");
        }

        return refused;
    }

    static byte[] Damage(Random random, List<byte[]> seeds, bool headerPrefixed)
    {
        var seed = seeds[random.Next(seeds.Count)];
        var prefix = headerPrefixed ? Math.Min(8, seed.Length) : 0;
        var headerLength = headerPrefixed && seed.Length >= 8
            ? (int)Math.Clamp(BinaryPrimitives.ReadInt64LittleEndian(seed), 0, seed.Length - 8)
            : seed.Length - prefix;
        var header = seed.AsSpan(prefix, headerLength).ToArray().ToList();
        var body = seed.AsSpan(prefix + headerLength).ToArray();
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            var at = random.Next(header.Count + 1);
            switch (random.Next(8))
            {
                case 0 when at < header.Count: header[at] ^= (byte)(1 << random.Next(8)); break;
                case 1 when at < header.Count: header[at] = (byte)random.Next(256); break;
                case 2 when at < header.Count: header.RemoveRange(at, Math.Min(random.Next(1, 12), header.Count - at)); break;
                case 3: header.InsertRange(at, Encoding.UTF8.GetBytes(s_words[random.Next(s_words.Length)])); break;
                case 4: Replace(header, at, (byte)'0', (byte)'9', (byte)('0' + random.Next(10))); break;
                case 5: Replace(header, at, (byte)'A', (byte)'Z', (byte)('A' + random.Next(26))); break;
                case 6: header.InsertRange(at, header.GetRange(at, Math.Min(random.Next(1, 80), header.Count - at))); break;
                default: Array.Resize(ref body, Math.Max(0, body.Length + random.Next(-4, 5))); break;
            }
        }

        byte[] length = headerPrefixed ? [.. BitConverter.GetBytes((long)header.Count)] : [];
        if (random.Next(8) == 0 && length.Length > 0) length[random.Next(8)] ^= (byte)(1 << random.Next(8));
        byte[] file = [.. length, .. header, .. body];
        return random.Next(32) == 0 ? file[..random.Next(file.Length + 1)] : file;
    }

    // Changes the next byte of a range into another one: digits into digits, letters into letters.
    static void Replace(List<byte> header, int from, byte low, byte high, byte value)
    {
        for (var i = from; i < header.Count; i++)
        {
            if (header[i] < low || header[i] > high) continue;
            header[i] = value;
            return;
        }
    }
}
