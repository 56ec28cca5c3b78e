using System.Text;

namespace PgpSr.CommandLine.Help;

/// <summary>The man page, made of the help's own texts.</summary>
static class ManPage
{
    static readonly (string Text, string Command)[] s_examples =
    [
        ("Four times larger, saved beside the picture as photo-x4.jpg:", "pgpsr upscale photo.jpg"),
        ("A folder, continuing where the last run stopped:", "pgpsr upscale photos -o large --skip-existing"),
        ("Show what would be done, and how long it takes:", "pgpsr upscale photos --dry-run"),
        ("In a pipe:", "pgpsr upscale - < photo.jpg > photo-x4.jpg"),
    ];

    /// <summary>The page in roff, section 1.</summary>
    /// <param name="description">Of the program.</param>
    /// <param name="commands">Its commands.</param>
    public static string Write(string description, IReadOnlyList<HelpCommand> commands)
    {
        var text = new StringBuilder($".TH PGPSR 1 \"\" \"pgpsr {Text(CommandEnvironment.Version.Split('+')[0])}\" \"User Commands\"\n");
        text.Append(".SH NAME\npgpsr \\- makes pictures larger and sharper\n");
        text.Append(".SH SYNOPSIS\n.B pgpsr\n.I COMMAND\n[\\fIARGUMENTS\\fR] [\\fIOPTIONS\\fR]\n");
        text.Append($".SH DESCRIPTION\n{Text(description)}\n.SH COMMANDS\n");
        foreach (HelpCommand command in commands)
        {
            text.Append($".SS {Text(command.Name)}\n{Text(command.Description)}\n");
            foreach (HelpArgument argument in command.Arguments) text.Append($".TP\n.I {Text(argument.Name)}\n{Text(argument.Description)}\n");
            foreach (HelpOption option in command.Options)
            {
                string value = option.Value.Length > 0 ? $" \\fI{Text(option.Value)}\\fR" : "";
                text.Append($".TP\n{string.Join(", ", option.Names.Select(name => $"\\fB{Text(name)}\\fR"))}{value}\n{Text(option.Description)}\n");
            }
        }
        text.Append(".SH EXIT STATUS\n");
        foreach (ExitCode code in Enum.GetValues<ExitCode>()) text.Append($".TP\n.B {(int)code}\n{Text(code.Meaning())}\n");
        text.Append(".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nno colors, if it is set and not empty\n.TP\n.B PGPSR_CPU\n");
        text.Append("the CPU kernels to use: v512, v256 or v128; default: the widest that the processor has\n.SH EXAMPLES\n");
        foreach ((string what, string command) in s_examples) text.Append($".PP\n{Text(what)}\n.PP\n.nf\n.RS\n{Text(command)}\n.RE\n.fi\n");
        return text.ToString();
    }

    // A line that begins with a dot or quote would be a request.
    static string Text(string text)
    {
        string escaped = text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal).ReplaceLineEndings(" ");
        return escaped.StartsWith('.') || escaped.StartsWith('\'') ? $"\\&{escaped}" : escaped;
    }
}
