using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace PgpSr.Safetensors.Tests;

public sealed class WriterTests
{
    static readonly byte[] s_four = [1, 2, 3, 4];

    [Fact]
    public void Rewriting_the_published_file_gives_its_bytes_back()
    {
        using var folder = new TemporaryFolder();
        var files = Goldens.Files("all_dtypes*.safetensors").ToArray();
        if (files.Length == 0) Assert.Skip("no folder that PGPSR_GOLDENS names has a file of dtypes");
        foreach (var path in files)
        {
            using var file = SafetensorsFile.Open(path);
            var writer = new SafetensorsWriter();
            foreach (var (key, value) in file.Metadata) writer.Metadata.Add(key, value);
            // The order of declaration must not matter.
            foreach (var entry in file.Tensors.Reverse()) writer.Add(file, entry);
            writer.Write(folder["copy.safetensors"]);
            Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(folder["copy.safetensors"]));
        }
    }

    [Fact]
    public void A_file_without_tensors_is_an_empty_object_padded_to_eight_bytes()
    {
        using var stream = new MemoryStream();
        new SafetensorsWriter().Write(stream);
        Assert.Equal("\u0008\0\0\0\0\0\0\0{}      "u8.ToArray(), stream.ToArray());
        Assert.Empty(SafetensorsHeader.Parse(stream.ToArray(), "memory").Tensors);
    }

    [Fact]
    public void Names_and_metadata_are_escaped_as_the_reference_does_and_read_back()
    {
        const string Name = "a\"b\\c/\b\f\n\r\t\u0001\u001f\u007f<é名😀\ue000";
        var writer = new SafetensorsWriter { Metadata = { [Name] = Name } };
        writer.Add(Name, SafetensorsDType.UInt8, [4], s_four);
        using var stream = new MemoryStream();
        writer.Write(stream);
        var json = Encoding.UTF8.GetString(stream.ToArray().AsSpan(8));
        const string Escaped =
            "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\u007f<é名😀\ue000\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}";
        Assert.Contains(Escaped, json, StringComparison.Ordinal);
        var header = SafetensorsHeader.Parse(stream.ToArray(), "memory");
        Assert.Equal(Name, header.Tensors[0].Name);
        Assert.Equal([new(Name, Name)], header.Metadata);
        Assert.Equal(0, header.BodyOffset % 8);
    }

    [Fact]
    public void Names_sort_by_their_utf8_bytes_not_by_utf16_units()
    {
        // U+1F600 is above U+E000, but its first UTF-16 unit (D83D) is below.
        var writer = new SafetensorsWriter();
        writer.Add("😀", SafetensorsDType.UInt8, [4], s_four);
        writer.Add("\ue000", SafetensorsDType.UInt8, [4], s_four);
        using var stream = new MemoryStream();
        writer.Write(stream);
        Assert.Equal(["\ue000", "😀"], SafetensorsHeader.Parse(stream.ToArray(), "memory").Tensors.Select(t => t.Name));
    }

    [Fact]
    public void Random_files_of_every_dtype_read_back_as_written()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(71);
        for (var round = 0; round < 50; round++)
        {
            var tensors = new Dictionary<string, (SafetensorsDType DType, long[] Shape, byte[] Data)>();
            var writer = new SafetensorsWriter();
            foreach (var dtype in Enum.GetValues<SafetensorsDType>())
            {
                for (var i = random.Next(3); i > 0; i--)
                {
                    var shape = Enumerable.Range(0, random.Next(4)).Select(_ => (long)random.Next(5)).ToArray();
                    // Packed types must fill whole bytes.
                    if (dtype.BitCount() < 8) shape = [.. shape, 4];
                    var data = new byte[shape.Aggregate(1L, (a, b) => a * b) * dtype.BitCount() / 8];
                    random.NextBytes(data);
                    var name = $"{dtype}.{i}.{random.Next()}";
                    tensors.Add(name, (dtype, shape, data));
                    if (random.Next(2) == 0) writer.Add(name, dtype, shape, data);
                    else writer.Add(name, dtype, shape, stream => WriteInPieces(stream, data, random.Next(1, 9)));
                }
            }

            writer.Metadata["round"] = $"{round}";
            var path = folder[$"{round}.safetensors"];
            writer.Write(path);
            using var file = SafetensorsFile.Open(path);
            Assert.Equal(tensors.Count, file.Tensors.Length);
            Assert.Equal($"{round}", file.Metadata["round"]);
            foreach (var (name, (dtype, shape, data)) in tensors)
            {
                var entry = file[name];
                Assert.Equal(dtype, entry.DType);
                Assert.Equal(shape, entry.Shape);
                Assert.Equal(data, file.Bytes(entry));
                var copy = new byte[data.Length];
                file.Read(entry, 0, copy);
                Assert.Equal(data, copy);
            }
        }
    }

    [Fact]
    public void A_cancelled_write_leaves_nothing_behind_and_the_old_file_untouched()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["model.safetensors"], "old");
        using var source = new CancellationTokenSource();
        var written = 0;
        var writer = new SafetensorsWriter();
        writer.Add("a", SafetensorsDType.UInt8, [1 << 20], stream =>
        {
            for (var i = 0; i < 16; i++)
            {
                stream.Write(new byte[1 << 16]);
                written++;
                if (i == 7) source.Cancel();
            }
        });
        Assert.ThrowsAny<OperationCanceledException>(() => writer.Write(folder["model.safetensors"], source.Token));
        Assert.Equal(8, written);
        Assert.Equal(["model.safetensors"], folder.Names);
        Assert.Equal("old", File.ReadAllText(folder["model.safetensors"]));
    }

    [Fact]
    public void An_exception_from_the_data_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        var writer = new SafetensorsWriter();
        writer.Add("a", SafetensorsDType.UInt8, [4], s_four);
        writer.Add("b", SafetensorsDType.UInt8, [4], _ => throw new TimeoutException("data"));
        Assert.Throws<TimeoutException>(() => writer.Write(folder["model.safetensors"]));
        Assert.Empty(folder.Names);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void Data_of_the_wrong_length_is_refused_by_the_tensors_name_and_leaves_nothing_behind(int length)
    {
        using var folder = new TemporaryFolder();
        var writer = new SafetensorsWriter();
        writer.Add("short", SafetensorsDType.UInt8, [4], stream => stream.Write(new byte[length]));
        var error = Assert.Throws<SafetensorsException>(() => writer.Write(folder["model.safetensors"]));
        Assert.Equal((SafetensorsRule.SizeMismatch, "short"), (error.Rule, error.Tensor));
        Assert.Empty(folder.Names);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_an_error_and_nothing_is_made()
    {
        using var folder = new TemporaryFolder();
        var writer = new SafetensorsWriter();
        writer.Add("a", SafetensorsDType.UInt8, [4], s_four);
        Assert.Throws<DirectoryNotFoundException>(() => writer.Write(Path.Combine(folder["missing"], "model.safetensors")));
        Directory.CreateDirectory(folder["taken.safetensors"]);
        Assert.ThrowsAny<Exception>(() => writer.Write(folder["taken.safetensors"]));
        Assert.Equal(["taken.safetensors"], folder.Names);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["taken.safetensors"]));
    }

    [Fact]
    public void A_folder_without_write_permission_is_an_error_and_nothing_is_made()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("permissions of folders are set by access lists on Windows");
            return;
        }

        using var folder = new TemporaryFolder();
        var closed = Directory.CreateDirectory(folder["closed"], UnixFileMode.UserRead | UnixFileMode.UserExecute).FullName;
        if (Environment.IsPrivilegedProcess) Assert.Skip("a privileged process may write to any folder");
        var writer = new SafetensorsWriter();
        writer.Add("a", SafetensorsDType.UInt8, [4], s_four);
        Assert.Throws<UnauthorizedAccessException>(() => writer.Write(Path.Combine(closed, "model.safetensors")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(closed));
    }

    [Fact]
    public void Declarations_that_the_format_cannot_hold_are_refused_at_once()
    {
        var writer = new SafetensorsWriter();
        writer.Add("a", SafetensorsDType.UInt8, [4], s_four);
        Assert.Throws<ArgumentException>(() => writer.Add("a", SafetensorsDType.UInt8, [4], s_four));
        Assert.Throws<ArgumentException>(() => writer.Add("__metadata__", SafetensorsDType.UInt8, [4], s_four));
        Assert.Throws<ArgumentException>(() => writer.Add("b", SafetensorsDType.UInt8, [5], s_four));
        Assert.Throws<ArgumentException>(() => writer.Add("b", SafetensorsDType.Float4, [3], _ => { }));
        Assert.Throws<ArgumentException>(() => writer.Add("b", SafetensorsDType.UInt8, [long.MaxValue, 2], _ => { }));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Add("b", SafetensorsDType.UInt8, [-4], s_four));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Add("b", (SafetensorsDType)99, [4], s_four));
        Assert.Throws<EncoderFallbackException>(() => writer.Add("\ud800", SafetensorsDType.UInt8, [4], s_four));
    }

    [Fact]
    public void Writing_a_large_file_takes_little_memory()
    {
        using var folder = new TemporaryFolder();
        const long Length = 200L << 20;
        var piece = new byte[1 << 16];
        var writer = new SafetensorsWriter();
        writer.Add("large", SafetensorsDType.UInt8, [Length], stream =>
        {
            for (var i = 0L; i < Length; i += piece.Length)
            {
                BinaryPrimitives.WriteInt64LittleEndian(piece, i);
                stream.Write(piece);
            }
        });
        var before = GC.GetAllocatedBytesForCurrentThread();
        writer.Write(folder["large.safetensors"]);
        // One buffer of the file stream, the header, strings.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        using var file = SafetensorsFile.Open(folder["large.safetensors"]);
        Assert.Equal(Length - piece.Length, BinaryPrimitives.ReadInt64LittleEndian(file.Bytes(file["large"], Length - piece.Length, 8)));
    }

    [Fact]
    public void Writing_over_an_open_file_leaves_its_readers_what_they_had()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("a mapped file cannot be replaced on Windows");
        using var folder = new TemporaryFolder();
        Write(folder["model.safetensors"], 1);
        using var old = SafetensorsFile.Open(folder["model.safetensors"]);
        Write(folder["model.safetensors"], 2);
        using var now = SafetensorsFile.Open(folder["model.safetensors"]);
        Assert.Equal((1f, 2f), (old.ReadSingles("a")[0], now.ReadSingles("a")[0]));

        static void Write(string path, float value)
        {
            var writer = new SafetensorsWriter();
            writer.Add("a", SafetensorsDType.Float32, [1], MemoryMarshal.AsBytes<float>([value]).ToArray());
            writer.Write(path);
        }
    }

    static void WriteInPieces(Stream stream, byte[] data, int length)
    {
        for (var i = 0; i < data.Length; i += length) stream.Write(data.AsSpan(i, Math.Min(length, data.Length - i)));
    }
}
