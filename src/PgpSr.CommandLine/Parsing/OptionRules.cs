using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace PgpSr.CommandLine;

/// <summary>What an option takes, asked while the line is read: nothing is opened or made for a value that is out of place.</summary>
static class OptionRules
{
    /// <summary>Refuses numbers below the least.</summary>
    public static void AtLeast(this Option option, int least) =>
        option.Refuse(text => Whole(text) is { } value && value < least, $"must be {Text(least)} or more");

    /// <summary>Refuses numbers outside a range.</summary>
    public static void Between(this Option option, int least, int most) =>
        option.Refuse(text => Whole(text) is { } value && (value < least || value > most), $"must be {Text(least)} to {Text(most)}");

    /// <summary>Refuses infinities and NaN, which the reader of numbers takes.</summary>
    public static void Finite(this Option option) => option.Refuse(
        text => double.TryParse(text, CultureInfo.InvariantCulture, out double value) && !double.IsFinite(value), "must be a finite number");

    /// <summary>
    /// Refuses fractions with a comma in every option of a command that takes one: the reader of numbers drops it, and makes 15 of <c>1,5</c>.
    /// </summary>
    public static void NoCommas(this Command command)
    {
        foreach (Option option in command.Options.Where(option => ParseErrors.IsFraction(option.ValueType)))
            option.Refuse(text => text.Contains(',', StringComparison.Ordinal), $"expected {ParseErrors.Fraction}");
    }

    /// <summary>Refuses words that are none of these, and offers them where a shell completes lines.</summary>
    public static void OneOf(this Option option, params string[] values)
    {
        option.Refuse(text => !values.Contains(text), $"expected {string.Join(", ", values[..^1])} or {values[^1]}");
        option.CompletionSources.Add(values);
    }

    /// <summary>Refuses what looks like an option and is no file: a list of files would take a mistyped option for one more.</summary>
    public static void NoOptions(this Argument files) => files.Validators.Add(result =>
    {
        Command? command = (result.Parent as CommandResult)?.Command;
        foreach (string token in result.Tokens.Select(token => token.Value))
        {
            // '-' alone is the standard input.
            if (token.Length < 2 || token[0] != '-' || Path.Exists(token) || command is null) continue;
            result.AddError(ParseErrors.Unknown(token, command));
        }
    });

    /// <summary>Refuses a value by a rule of its own.</summary>
    /// <param name="option">The option.</param>
    /// <param name="wrong">Whether a value is refused.</param>
    /// <param name="rule">What is said of it, after the option's name and the value.</param>
    public static void Refuse(this Option option, Func<string, bool> wrong, string rule) => option.Validators.Add(result =>
    {
        if (result.Tokens.FirstOrDefault(token => wrong(token.Value)) is { } token) result.AddError($"{option.Name} {token.Value}: {rule}");
    });

    // What is no number is refused by its own message.
    static Int128? Whole(string text) =>
        Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out Int128 value) ? value : null;

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
