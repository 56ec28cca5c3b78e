using System.CommandLine;
using System.CommandLine.Completions;

namespace PgpSr.CommandLine.Help;

/// <summary>What the program's help says, as data: the man page and the completion scripts are made of it.</summary>
static class HelpTree
{
    static readonly string[] s_paths = ["FILE", "FOLDER", "SHEET", "PAGE", "PICTURE", "REPORT", "PLAN"];

    /// <summary>The commands in the order of the help.</summary>
    public static IReadOnlyList<HelpCommand> Of(Command root) =>
        [.. root.Subcommands.Where(command => !command.Hidden).Select(command => new HelpCommand(
            command.Name, command.Description ?? "", [.. command.Arguments.Select(Argument)], [.. Options(root, command)]))];

    static HelpArgument Argument(Argument argument) => new(
        argument.HelpName ?? argument.Name, argument.Description ?? "", Values(argument.CompletionSources));

    // Without old names, those of Windows, and '-?', which shells take for a pattern.
    static IEnumerable<HelpOption> Options(Command root, Command command)
    {
        foreach (Option option in command.Options.Concat(root.Options.Where(option => option.Recursive)).Where(option => !option.Hidden))
        {
            string[] names = [option.Name, .. option.Aliases.Where(alias => alias is not ("--out" or "-?") && !alias.StartsWith('/'))];
            bool takesValue = option.ValueType != typeof(bool) && option.Arity.MaximumNumberOfValues > 0;
            string[] values = takesValue ? Values(option.CompletionSources) : [];
            string help = takesValue ? option.HelpName ?? (values.Length > 0 ? string.Join('|', values) : "VALUE") : "";
            bool isPath = s_paths.Any(word => help.Contains(word, StringComparison.Ordinal));
            yield return new HelpOption(names, option.Description ?? "", help, values, isPath);
        }
    }

    static string[] Values(IEnumerable<Func<CompletionContext, IEnumerable<CompletionItem>>> sources) =>
        [.. sources.SelectMany(source => source(CompletionContext.Empty)).Select(item => item.Label).Distinct()];
}

/// <summary>A command.</summary>
/// <param name="Name">As typed.</param>
/// <param name="Description">One sentence.</param>
/// <param name="Arguments">What it takes without a name.</param>
/// <param name="Options">Its own options and those of every command.</param>
sealed record HelpCommand(string Name, string Description, IReadOnlyList<HelpArgument> Arguments, IReadOnlyList<HelpOption> Options);

/// <summary>What a command takes without a name.</summary>
/// <param name="Name">As in the help.</param>
/// <param name="Description">One line.</param>
/// <param name="Values">Words to offer; files are offered where there are none.</param>
sealed record HelpArgument(string Name, string Description, IReadOnlyList<string> Values);

/// <summary>An option.</summary>
/// <param name="Names">The long name first.</param>
/// <param name="Description">One line.</param>
/// <param name="Value">What it takes, as in the help; empty for a switch.</param>
/// <param name="Values">Words to offer for its value.</param>
/// <param name="IsPath">Whether its value is a file or folder.</param>
sealed record HelpOption(IReadOnlyList<string> Names, string Description, string Value, IReadOnlyList<string> Values, bool IsPath);
