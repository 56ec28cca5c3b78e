using System.CommandLine;
using PgpSr.CommandLine.Help;

namespace PgpSr.CommandLine.Commands;

/// <summary><c>pgpsr man</c>: the man page.</summary>
sealed class ManCommand() : Subcommand("man", "Prints the man page (pgpsr man > pgpsr.1; man ./pgpsr.1).")
{
    public override ExitCode Run(CommandContext context)
    {
        Command root = context.Arguments.RootCommandResult.Command;
        string page = ManPage.Write(root.Description ?? "", HelpTree.Of(root));
        context.Console.Line(page.TrimEnd('\n'));
        context.Console.Json("man", w => w.WriteString("page", page));
        return ExitCode.Ok;
    }
}
