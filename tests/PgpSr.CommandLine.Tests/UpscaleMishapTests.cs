using System.Diagnostics;
using PgpSr.Imaging;

namespace PgpSr.CommandLine.Tests;

/// <summary>What goes wrong in the midst of the work.</summary>
public sealed class UpscaleMishapTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Cancelling_at_any_moment_is_exit_code_130_and_leaves_whole_pictures_only()
    {
        const int Seed = 11;
        var random = new Random(Seed);
        for (int i = 0; i < 4; i++) _scratch.Picture($"in/{i}.png", 120, 90, seed: i);
        int cancelled = 0;
        for (int round = 0; round < 10; round++)
        {
            string folder = $"out{round}";
            Timer? timer = null;
            CommandRun run = CommandRun.With(
                environment => timer = new Timer(_ => environment.Cancel(), null, random.Next(1, 400), Timeout.Infinite),
                "upscale", _scratch["in"], "-o", _scratch[folder], "--tile", "64");
            timer!.Dispose();
            Assert.True(run.Code is ExitCode.Cancelled or ExitCode.Ok, $"seed {Seed}, round {round}: {run.Code} {run.Error}");
            if (run.Code == ExitCode.Cancelled) cancelled++;
            if (!Directory.Exists(_scratch[folder])) continue;
            foreach (string name in _scratch.Files(folder))
            {
                Assert.EndsWith(".png", name, StringComparison.Ordinal);
                Assert.Equal(480, Image.Load(_scratch[$"{folder}/{name}"]).Width);
            }
        }
        Assert.True(cancelled > 0, $"seed {Seed}: no round was cancelled in time");
    }

    [Fact]
    public void Cancelling_within_a_picture_ends_the_batch_at_once_and_says_how_to_go_on()
    {
        for (int i = 0; i < 3; i++) _scratch.Picture($"in/{i}.png", 60, 60, seed: i);
        long begun = 0, asked = 0;
        TimeSpan wholePicture = default;
        CommandRun run = CommandRun.Watched(
            (environment, line) =>
            {
                if (!line.Contains("\"event\":\"plan\"", StringComparison.Ordinal)) return;
                if (!line.Contains("1.png", StringComparison.Ordinal))
                {
                    begun = Stopwatch.GetTimestamp();
                    return;
                }
                asked = Stopwatch.GetTimestamp();
                wholePicture = Stopwatch.GetElapsedTime(begun, asked);
                environment.Cancel();
            },
            "upscale", _scratch["in"], "-o", _scratch["out"], "--json");
        Assert.Equal(ExitCode.Cancelled, run.Code);
        Assert.Equal(["0.png"], _scratch.Files("out"));
        Assert.Contains("1 done, 2 not", run.Error, StringComparison.Ordinal);
        Assert.Contains("--skip-existing", run.Error, StringComparison.Ordinal);
        // The rest of the batch would have taken two such pictures; tests of the library hold it to its 100 ms.
        Assert.InRange(Stopwatch.GetElapsedTime(asked), TimeSpan.Zero, wholePicture);
    }

    [Fact]
    public void A_run_that_was_cancelled_is_finished_by_the_same_command_with_skip_existing()
    {
        for (int i = 0; i < 3; i++) _scratch.Picture($"in/{i}.png", 40, 40, seed: i);
        CommandRun.Watched(
            (environment, line) =>
            {
                if (line.Contains("\"status\":\"done\"", StringComparison.Ordinal)) environment.Cancel();
            },
            "upscale", _scratch["in"], "-o", _scratch["out"], "--json");
        Assert.Equal(["0.png"], _scratch.Files("out"));
        Assert.Equal(ExitCode.Ok, CommandRun.Of("upscale", _scratch["in"], "-o", _scratch["out"], "--skip-existing").Code);
        Assert.Equal(["0.png", "1.png", "2.png"], _scratch.Files("out"));
    }

    [Fact]
    public void A_picture_that_vanishes_before_its_turn_fails_by_name_and_the_rest_is_done()
    {
        for (int i = 0; i < 3; i++) _scratch.Picture($"in/{i}.png", seed: i);
        CommandRun run = CommandRun.Watched(
            (_, line) =>
            {
                if (line.Contains("\"event\":\"start\"", StringComparison.Ordinal)) File.Delete(_scratch["in/1.png"]);
            },
            "upscale", _scratch["in"], "-o", _scratch["out"], "--json");
        Assert.Equal(ExitCode.SomeFailed, run.Code);
        Assert.Equal(["0.png", "2.png"], _scratch.Files("out"));
        Assert.Contains("1.png", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_output_folder_that_vanishes_in_the_midst_is_made_again()
    {
        for (int i = 0; i < 2; i++) _scratch.Picture($"in/{i}.png", seed: i);
        CommandRun run = CommandRun.Watched(
            (_, line) =>
            {
                if (line.Contains("\"status\":\"done\"", StringComparison.Ordinal) && line.Contains("0.png", StringComparison.Ordinal))
                    Directory.Delete(_scratch["out"], recursive: true);
            },
            "upscale", _scratch["in"], "-o", _scratch["out"], "--json");
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Equal(["1.png"], _scratch.Files("out"));
    }

    [Theory, InlineData("x.png"), InlineData("x.jpg"), InlineData("x.tif")]
    public void A_full_disk_is_exit_code_7_called_so_and_leaves_nothing_half_written(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mounts a small file system, which is done here the way of Linux");
        Directory.CreateDirectory(_scratch["disk"]);
        Assert.SkipUnless(Started("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", _scratch["disk"]),
            "mounting a small file system needs the rights for it");
        try
        {
            CommandRun run = CommandRun.Of("upscale", Noise("noise.png", 100), "-o", _scratch[$"disk/{name}"]);
            Assert.Equal(ExitCode.Output, run.Code);
            Assert.Contains(name, run.Error, StringComparison.Ordinal);
            Assert.Contains("No space left", run.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("damaged", run.Error, StringComparison.Ordinal);
            Assert.Empty(_scratch.Files("disk"));
        }
        finally
        {
            Started("umount", _scratch["disk"]);
        }
    }

    [Fact]
    public async Task A_FIFO_is_read_like_a_file()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "makes a FIFO, which is done here the way of Linux");
        byte[] picture = await File.ReadAllBytesAsync(_scratch.Picture("a.png"));
        Assert.True(Started("mkfifo", _scratch["pipe.png"]));
        Task writing = Task.Run(() => File.WriteAllBytesAsync(_scratch["pipe.png"], picture));
        CommandRun run = CommandRun.Of("upscale", _scratch["pipe.png"], "-o", _scratch["x.png"]);
        await writing;
        Assert.True(run.Code == ExitCode.Ok, run.Error);
        Assert.Equal(64, Image.Load(_scratch["x.png"]).Width);
    }

    [Fact]
    public void A_FIFO_that_nobody_writes_can_be_left()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "makes a FIFO, which is done here the way of Linux");
        Assert.True(Started("mkfifo", _scratch["pipe.png"]));
        Timer? timer = null;
        CommandRun waiting = CommandRun.With(
            environment => timer = new Timer(_ => environment.Cancel(), null, 300, Timeout.Infinite),
            "upscale", _scratch["pipe.png"], "-o", _scratch["y.png"]);
        timer!.Dispose();
        Assert.Equal(ExitCode.Cancelled, waiting.Code);
    }

    [Fact]
    public async Task A_pipe_that_holds_no_picture_is_refused_by_the_name_that_was_typed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "makes a FIFO, which is done here the way of Linux");
        Assert.True(Started("mkfifo", _scratch["pipe"]));
        Task writing = Task.Run(() => File.WriteAllTextAsync(_scratch["pipe"], "no picture at all, but some text"));
        CommandRun run = CommandRun.Of("upscale", _scratch["pipe"], "-o", _scratch["x.png"]);
        await writing;
        Assert.Equal(ExitCode.SomeFailed, run.Code);
        Assert.Contains($"{_scratch["pipe"]}: the format is not recognized", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_inputs_with_one_result_name_end_neither_the_batch_nor_each_other()
    {
        _scratch.Picture("in/one/a.png");
        _scratch.Picture("in/two/a.png", seed: 1);
        _scratch.Picture("in/two/b.png", seed: 2);
        CommandRun run = CommandRun.Of("upscale", _scratch["in/one"], _scratch["in/two"], "-o", _scratch["out"]);
        Assert.Equal(ExitCode.SomeFailed, run.Code);
        Assert.Equal(["a.png", "b.png"], _scratch.Files("out"));
        Assert.Contains("with another -o", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_terminal_that_closes_cancels_as_SIGTERM_does()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sends a signal, which is done here the way of Linux");
        Assert.SkipWhen(IgnoresHangup(), "this process was started to ignore SIGHUP (nohup), and what is ignored stays so");
        using CommandEnvironment environment = CommandEnvironment.OfProcess();
        Assert.True(Started("kill", "-HUP", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        Assert.True(environment.Cancellation.WaitHandle.WaitOne(TimeSpan.FromSeconds(10)));
    }

    // The first bit of the signals that are ignored.
    static bool IgnoresHangup()
    {
        string ignored = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        return Convert.ToInt32(ignored[^1..], 16) % 2 == 1;
    }

    // A picture that does not compress: its result is larger than the disk.
    string Noise(string name, int size)
    {
        const int Seed = 3;
        var image = new Image(size, size, 3);
        new Random(Seed).NextBytes(image.Bytes);
        image.Save(_scratch[name]);
        return _scratch[name];
    }

    static bool Started(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
