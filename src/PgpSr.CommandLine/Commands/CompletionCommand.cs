using System.CommandLine;
using PgpSr.CommandLine.Help;

namespace PgpSr.CommandLine.Commands;

/// <summary><c>pgpsr completion</c>: a script for a shell that completes the program's command lines.</summary>
sealed class CompletionCommand : Subcommand
{
    readonly Argument<string> _shell = new("SHELL") { Description = $"one of {string.Join(", ", CompletionScript.Shells)}" };

    public CompletionCommand()
        : base("completion", "Prints a completion script for a shell; its first line says where to put it.")
    {
        Arguments.Add(_shell);
        _shell.CompletionSources.Add(CompletionScript.Shells);
    }

    public override ExitCode Run(CommandContext context)
    {
        string shell = context.Arguments.GetValue(_shell)!;
        if (!CompletionScript.Shells.Contains(shell))
            Throw.Usage($"unknown shell '{shell}'; use one of {string.Join(", ", CompletionScript.Shells)}");
        string script = CompletionScript.Write(shell, HelpTree.Of(context.Arguments.RootCommandResult.Command));
        context.Console.Line(script.TrimEnd('\n'));
        context.Console.Json("completion", w =>
        {
            w.WriteString("shell", shell);
            w.WriteString("script", script);
        });
        return ExitCode.Ok;
    }
}
