using System.CommandLine;
using System.CommandLine.Parsing;

namespace PgpSr.CommandLine;

/// <summary>What is wrong with a command line, in words of the program: the parser's own name types of the runtime.</summary>
static class ParseErrors
{
    /// <summary>One line an error; empty for a line that can be run.</summary>
    public static IReadOnlyList<string> Of(ParseResult arguments)
    {
        if (arguments.CommandResult.Command is RootCommand root && Stray(arguments) is { } word)
        {
            string[] names = [.. root.Subcommands.Select(command => command.Name)];
            string meant = Spelling.Suggestion(word, names);
            return [$"unknown command '{word}'{(meant.Length > 0 ? meant : $"; the commands are {string.Join(", ", names)}")}"];
        }
        Command command = arguments.CommandResult.Command;
        string[] unknown = [.. arguments.UnmatchedTokens.Where(token => token.StartsWith('-')).Select(token => Unknown(token, command))];
        string[] found = [.. unknown, .. arguments.Errors.Where(error => !IsUnknownOption(error)).Select(Message).Distinct()];
        return found.Length > 0 ? found : [.. Empty(arguments)];
    }

    // Said better by Unknown.
    static bool IsUnknownOption(ParseError error) => error.Message.StartsWith("Unrecognized command or argument '-", StringComparison.Ordinal);

    /// <summary>A message about an option that a command does not have.</summary>
    public static string Unknown(string token, Command command)
    {
        string typed = token.Split('=', ':')[0];
        IEnumerable<Option> options = command.Options.Concat(Roots(command).SelectMany(root => root.Options.Where(option => option.Recursive)));
        IEnumerable<string> names = options.SelectMany(option => (string[])[option.Name, .. option.Aliases]).Distinct();
        return $"unknown option {typed}{Spelling.Suggestion(typed, names)}";
    }

    static IEnumerable<Command> Roots(Command command) => command.Parents.OfType<Command>();

    static string? Stray(ParseResult arguments) => arguments.UnmatchedTokens.FirstOrDefault(token => !token.StartsWith('-'));

    static string Message(ParseError error)
    {
        for (SymbolResult? at = error.SymbolResult; at is not null; at = at.Parent)
        {
            if (at is OptionResult { Tokens: [var token, ..] } option && error.Message.Contains("'System.", StringComparison.Ordinal))
                return $"{option.Option.Name} {token.Value}: expected {Expected(option.Option.ValueType)}";
        }
        bool missing = error.Message.StartsWith("Required", StringComparison.Ordinal);
        if (missing && error.SymbolResult is ArgumentResult { Parent: CommandResult, Argument: var needed })
            return $"{needed.HelpName ?? needed.Name} missing: {needed.Description}";
        return error.Message;
    }

    // Text for a model may be empty; a path, a name or a number may not.
    static IEnumerable<string> Empty(ParseResult arguments)
    {
        foreach (SymbolResult result in arguments.CommandResult.Children)
        {
            if (!result.Tokens.Any(token => token.Value.Length == 0)) continue;
            if (result is OptionResult { Option: var option } && option.HelpName != PromptOptions.Text) yield return $"{option.Name} is empty";
            else if (result is ArgumentResult { Argument: var argument }) yield return $"{argument.HelpName ?? argument.Name}: one value is empty";
        }
    }

    /// <summary>What an option that takes a fraction expects.</summary>
    public const string Fraction = "a number such as 1.5";

    /// <summary>Whether values of a type may have a fraction.</summary>
    public static bool IsFraction(Type type) => Code(type) is TypeCode.Single or TypeCode.Double;

    static TypeCode Code(Type type) => Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type);

    static string Expected(Type type) => Code(type) switch
    {
        TypeCode.Int32 or TypeCode.Int64 => "a whole number",
        TypeCode.UInt64 => "a whole number, 0 or more",
        TypeCode.Single or TypeCode.Double => Fraction,
        _ => "another value",
    };
}
