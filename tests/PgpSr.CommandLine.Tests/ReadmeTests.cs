using System.CommandLine;
using PgpSr.Testing;

namespace PgpSr.CommandLine.Tests;

/// <summary>The room's README against the program.</summary>
public sealed class ReadmeTests
{
    static readonly string s_text = File.ReadAllText(Path.Combine(Goldens.RepositoryRoot, "src/PgpSr.CommandLine/README.md"));

    [Fact]
    public void Every_command_is_in_the_readme() =>
        Assert.All(PgpSrCommand.Subcommands(), command => Assert.Contains($"`{command.Name}`", s_text, StringComparison.Ordinal));

    [Fact]
    public void Every_option_of_upscale_is_in_the_readme()
    {
        Command upscale = PgpSrCommand.Subcommands().Single(command => command.Name == "upscale");
        Assert.All(upscale.Options, option => Assert.Contains($"`{option.Name}", s_text, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_exit_code_is_in_the_readme() =>
        Assert.All(Enum.GetValues<ExitCode>(), code => Assert.Contains($"| {(int)code} |", s_text, StringComparison.Ordinal));
}
