using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using PgpSr.Imaging;
using PgpSr.Testing;

namespace PgpSr.CommandLine.Tests.Hostile;

/// <summary>Damaged pictures through the whole program: a result or a sentence, and nothing else on the disk.</summary>
public sealed class HostilePictureTests : IDisposable
{
    const int Count = 1000;
    const int MaxPixels = 4096;

    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_thousand_damaged_pictures_give_a_result_or_a_sentence_and_leave_nothing_half_written()
    {
        IReadOnlyList<(string Extension, byte[] File)> originals = SmallFiles.All();
        for (int seed = 0; seed < Count; seed++)
        {
            (string extension, byte[] file) = originals[seed % originals.Count];
            _scratch.File(string.Create(CultureInfo.InvariantCulture, $"in/{seed:000}.{extension}"), Mutation.Of(file, new Random(seed)));
        }
        long start = Stopwatch.GetTimestamp(), before = GC.GetTotalAllocatedBytes();
        string most = MaxPixels.ToString(CultureInfo.InvariantCulture);
        CommandRun run = CommandRun.Of("upscale", _scratch["in"], "-o", _scratch["out"], "--format", "png", "--max-pixels", most, "--json");
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        long allocated = GC.GetTotalAllocatedBytes() - before;

        Assert.True(run.Code == ExitCode.SomeFailed, run.Error[..Math.Min(run.Error.Length, 2000)]);
        IReadOnlyList<JsonElement> files = run.Events("file");
        Assert.Equal(Count, files.Count);
        HashSet<string> results = [];
        int failed = 0;
        foreach (JsonElement file in files)
        {
            string source = file.GetProperty("source").GetString()!;
            if (file.GetProperty("status").GetString() == "failed")
            {
                failed++;
                string message = file.GetProperty("message").GetString()!;
                Assert.True(file.GetProperty("exit-code").GetInt32() == (int)ExitCode.SomeFailed, $"{source}: {message}");
                Assert.Contains(source, message, StringComparison.Ordinal);
                Assert.InRange(message.Length, source.Length + 15, source.Length + 400);
                Assert.DoesNotContain("Exception", message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', message);
                continue;
            }
            string destination = file.GetProperty("destination").GetString()!;
            results.Add(Path.GetFileName(destination));
            using ImageReader original = ImageReader.Open(source), result = ImageReader.Open(destination);
            Assert.Equal((4 * original.Info.Width, 4 * original.Info.Height), (result.Info.Width, result.Info.Height));
            Assert.True((long)original.Info.Width * original.Info.Height <= MaxPixels);
        }
        Assert.InRange(failed, Count / 5, Count * 4 / 5);
        Assert.Equal(results.Order(StringComparer.Ordinal), _scratch.Files("out"));
        Assert.All(_scratch.Files("in").GroupBy(name => name).Select(group => group.Count()), n => Assert.Equal(1, n));
        // Time and memory a picture, generously: 4096 pixels take the default model some 20 ms and 40 MB of buffers, mostly reused.
        Assert.True(elapsed < TimeSpan.FromSeconds(120), $"{elapsed}");
        Assert.True(allocated < (long)Count * (64 << 20), $"{allocated >> 20} MiB were allocated");
    }

    [Theory, InlineData("png"), InlineData("jpg"), InlineData("tif"), InlineData("bmp"), InlineData("tga"), InlineData("gif")]
    public void The_same_files_undamaged_are_done(string extension)
    {
        string source = _scratch.File($"a.{extension}", SmallFiles.All().First(file => file.Extension == extension).File);
        CommandRun run = CommandRun.Of("upscale", source, "-o", _scratch["x.png"]);
        Assert.True(run.Code == ExitCode.Ok, run.Error);
    }

    // More pixels than any picture may have, and fewer than that but more than the file's bytes can hold.
    [Theory, InlineData(0xFFFF, "65535x65535"), InlineData(0x3FFF, "truncated or hostile")]
    public void A_header_that_promises_too_much_is_refused_before_anything_is_decoded(int side, string reason)
    {
        byte[] small = SmallFiles.All()[0].File;
        byte[] header = [0, 0, (byte)(side >> 8), (byte)side, 0, 0, (byte)(side >> 8), (byte)side, 8, 2, 0, 0, 0];
        byte[] named = [.. "IHDR"u8, .. header];
        byte[] file = [.. small[..12], .. named, .. Crc(named), .. small[33..]];
        long before = GC.GetTotalAllocatedBytes();
        CommandRun run = CommandRun.Of("upscale", _scratch.File("bomb.png", file), "-o", _scratch["x.png"]);
        Assert.Equal(ExitCode.SomeFailed, run.Code);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.True(GC.GetTotalAllocatedBytes() - before < 256 << 20);
        Assert.Equal(["bomb.png"], _scratch.Files());
    }

    [Fact]
    public void A_name_that_commands_a_terminal_is_shown_without_its_commands()
    {
        Assert.SkipUnless(!OperatingSystem.IsWindows(), "Windows has no such names");
        CommandRun run = CommandRun.Of("upscale", _scratch.File("a\u001b]0;owned\u0007.png", [1, 2, 3]), "-o", _scratch["x.png"]);
        Assert.Equal(ExitCode.SomeFailed, run.Code);
        Assert.DoesNotContain('\u001b', run.Error);
        Assert.Contains("a?]0;owned?.png", run.Error, StringComparison.Ordinal);
    }

    // PNG's CRC-32 (ISO 3309), bit by bit.
    static byte[] Crc(byte[] data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data)
        {
            crc ^= b;
            for (int i = 0; i < 8; i++) crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }
        crc = ~crc;
        return [(byte)(crc >> 24), (byte)(crc >> 16), (byte)(crc >> 8), (byte)crc];
    }
}
