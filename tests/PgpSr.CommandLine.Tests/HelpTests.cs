using System.CommandLine;
using System.Diagnostics;
using PgpSr.CommandLine.Help;

namespace PgpSr.CommandLine.Tests;

/// <summary>What is made of the help's data, suggestions, and colors.</summary>
public sealed class HelpTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("upscal", "upscale"), InlineData("upsacle", "upscale"), InlineData("modles", "models")]
    [InlineData("xyz", null), InlineData("-", null)]
    public void The_nearest_word_is_offered_if_one_is_near(string typed, string? meant) =>
        Assert.Equal(meant, Spelling.Nearest(typed, PgpSrCommand.Subcommands().Select(command => command.Name)));

    [Theory]
    [InlineData("unknown option --widht; did you mean '--width'?", "upscale", "a.png", "--widht=3")]
    [InlineData("unknown option --jsno; did you mean '--json'?", "devices", "--jsno")]
    [InlineData("unknown option --ouput; did you mean '--output'?", "convert", "a.pt", "--ouput", "x")]
    public void A_mistyped_option_is_answered_with_the_one_meant(string message, params string[] line)
    {
        CommandRun run = CommandRun.Of(line);
        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_command_that_writes_calls_it_output() => Assert.All(
        PgpSrCommand.Subcommands().SelectMany(command => command.Options).Where(option => option.Aliases.Contains("-o")),
        option => Assert.Equal("--output", option.Name));

    [Theory, InlineData("bash"), InlineData("zsh"), InlineData("fish"), InlineData("powershell")]
    public void Completion_knows_every_command_and_long_option(string shell)
    {
        string script = CommandRun.Of("completion", shell).Output;
        foreach (Command command in PgpSrCommand.Subcommands())
        {
            Assert.Contains(command.Name, script, StringComparison.Ordinal);
            Assert.All(command.Options, option =>
                Assert.Contains(shell == "fish" ? $"-l {option.Name[2..]} " : option.Name, script, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("pgpsr ups", "upscale"), InlineData("pgpsr upscale --wid", "--width"), InlineData("pgpsr upscale --fit co", "cover")]
    [InlineData("pgpsr upscale --model pgp-s1-x2", "pgp-s1-x2"), InlineData("pgpsr completion f", "fish")]
    public void Bash_completes_with_the_script(string line, string expected)
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "there is no bash");
        string script = _scratch["pgpsr.bash"];
        File.WriteAllText(script, CommandRun.Of("completion", "bash").Output);
        string[] words = line.Split(' ');
        string run = $"source '{script}'; COMP_WORDS=({line}); COMP_CWORD={words.Length - 1}; _pgpsr; echo \"${{COMPREPLY[@]}}\"";
        using var bash = Process.Start(new ProcessStartInfo("/bin/bash", ["--norc", "-c", run]) { RedirectStandardOutput = true })!;
        Assert.Equal(expected, bash.StandardOutput.ReadToEnd().Trim());
    }

    [Theory, InlineData("bash"), InlineData("zsh"), InlineData("fish")]
    public void A_shell_that_is_there_reads_its_script_without_a_complaint(string shell)
    {
        string path = $"/usr/bin/{shell}";
        Assert.SkipUnless(File.Exists(path), $"there is no {shell}");
        string script = _scratch[$"pgpsr.{shell}"];
        File.WriteAllText(script, CommandRun.Of("completion", shell).Output);
        // zsh's functions of completion exist at a prompt only.
        string[] line = shell == "zsh" ? ["-n", script] : ["-c", $"source '{script}'"];
        using var run = Process.Start(new ProcessStartInfo(path, line) { RedirectStandardError = true })!;
        Assert.Equal("", run.StandardError.ReadToEnd());
        run.WaitForExit();
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public void Names_of_options_are_no_patterns_and_come_once()
    {
        foreach (HelpCommand command in HelpTree.Of(PgpSrCommand.Root(out _, out _, out _)))
        {
            string[] names = [.. command.Options.SelectMany(option => option.Names)];
            Assert.DoesNotContain(names, name => name.Contains('?', StringComparison.Ordinal));
            Assert.Equal(names.Distinct(), names);
            Assert.Contains("--help", names);
        }
    }

    [Fact]
    public void The_man_page_has_every_command_option_and_exit_code_in_clean_roff()
    {
        string page = CommandRun.Of("man").Output;
        foreach (Command command in PgpSrCommand.Subcommands())
        {
            Assert.Contains($".SS {command.Name}\n", page.ReplaceLineEndings("\n"), StringComparison.Ordinal);
            Assert.All(command.Options, option =>
                Assert.Contains(option.Name.Replace("-", "\\-", StringComparison.Ordinal), page, StringComparison.Ordinal));
        }
        Assert.All(Enum.GetValues<ExitCode>(), code => Assert.NotEmpty(code.Meaning()));
        string[] requests = [".TH", ".SH", ".SS", ".TP", ".I", ".B", ".PP", ".nf", ".fi", ".RS", ".RE"];
        Assert.All(page.Split('\n').Where(line => line.StartsWith('.')), line => Assert.Contains(line.Split(' ')[0].TrimEnd('\r'), requests));
    }

    [Theory, InlineData(400e9, 395e9, false), InlineData(400e9, 300e9, true), InlineData(300e9, 400e9, true)]
    public void A_benchmark_on_a_busy_machine_is_called_one(double before, double after, bool busy) =>
        Assert.Equal(busy, Commands.BenchCommand.BusyMachine(before, after)?.Contains("the machine is busy", StringComparison.Ordinal) ?? false);

    [Theory, InlineData(true, "", true), InlineData(false, "", false), InlineData(true, "--plain", false)]
    public void Errors_are_colored_where_the_terminal_wants_it(bool color, string option, bool colored)
    {
        CommandRun run = CommandRun.OnTerminal(color, ["models", "nosuch", .. option.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Equal(ExitCode.Model, run.Code);
        Assert.Equal(colored, run.Error.Contains("\u001b[31merror:\u001b[0m", StringComparison.Ordinal));
    }
}
