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
        long asked = 0;
        CommandRun run = CommandRun.Watched(
            (environment, line) =>
            {
                if (!line.Contains("\"event\":\"plan\"", StringComparison.Ordinal) || !line.Contains("1.png", StringComparison.Ordinal)) return;
                asked = Stopwatch.GetTimestamp();
                environment.Cancel();
            },
            "upscale", _scratch["in"], "-o", _scratch["out"], "--json");
        Assert.Equal(ExitCode.Cancelled, run.Code);
        Assert.Equal(["0.png"], _scratch.Files("out"));
        Assert.Contains("1 done, 2 not", run.Error, StringComparison.Ordinal);
        Assert.Contains("--skip-existing", run.Error, StringComparison.Ordinal);
        // A second is far above the promise of 100 ms, which a loaded test machine cannot measure, and far below the rest of the batch on none.
        Assert.InRange(Stopwatch.GetElapsedTime(asked).TotalSeconds, 0, 1);
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

    [Fact]
    public void A_full_disk_is_exit_code_7_and_leaves_nothing_half_written()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mounts a small file system, which is done here the way of Linux");
        Directory.CreateDirectory(_scratch["disk"]);
        Assert.SkipUnless(Mount("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", _scratch["disk"]),
            "mounting a small file system needs the rights for it");
        try
        {
            CommandRun run = CommandRun.Of("upscale", Noise("noise.png", 100), "-o", _scratch["disk/x.png"]);
            Assert.Equal(ExitCode.Output, run.Code);
            Assert.Contains("x.png", run.Error, StringComparison.Ordinal);
            Assert.Empty(_scratch.Files("disk"));
        }
        finally
        {
            Mount("umount", _scratch["disk"]);
        }
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

    static bool Mount(string program, params string[] arguments)
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
