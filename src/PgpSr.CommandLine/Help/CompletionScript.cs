using System.Text;

namespace PgpSr.CommandLine.Help;

/// <summary>
/// Scripts that complete command lines in four shells. They hold every word themselves: pressing the key starts no process.
/// </summary>
static class CompletionScript
{
    /// <summary>The shells there is a script for.</summary>
    public static string[] Shells { get; } = ["bash", "zsh", "fish", "powershell"];

    /// <summary>The script for a shell.</summary>
    public static string Write(string shell, IReadOnlyList<HelpCommand> commands) => shell switch
    {
        "bash" => Bash(commands),
        "zsh" => Zsh(commands),
        "fish" => Fish(commands),
        "powershell" => PowerShell(commands),
        _ => throw new ArgumentOutOfRangeException(nameof(shell)),
    };

    static string Bash(IReadOnlyList<HelpCommand> commands)
    {
        var text = new StringBuilder();
        text.Append("""
            # pgpsr: completion for bash. Once:  pgpsr completion bash > ~/.local/share/bash-completion/completions/pgpsr
            _pgpsr() {
                local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=
                if [ "$COMP_CWORD" -eq 1 ]; then

            """);
        text.Append($"        COMPREPLY=($(compgen -W '{Join(commands.Select(command => command.Name))} --help --version' -- \"$word\"))\n");
        text.Append("        return\n    fi\n    case ${COMP_WORDS[1]} in\n");
        foreach (HelpCommand command in commands)
        {
            text.Append($"    {command.Name})\n        case $before in\n");
            foreach (HelpOption option in command.Options.Where(option => option.Value.Length > 0))
            {
                string files = option.IsPath ? " $(compgen -f -- \"$word\")" : "";
                text.Append($"        {string.Join('|', option.Names)})\n");
                text.Append($"            COMPREPLY=($(compgen -W '{Join(option.Values)}' -- \"$word\"){files}); return ;;\n");
            }
            text.Append($"        esac\n        words='{Join(command.Options.SelectMany(option => option.Names))}'\n");
            if (command.Arguments.SelectMany(argument => argument.Values).ToArray() is { Length: > 0 } values)
                text.Append($"        [[ $word == -* ]] || {{ COMPREPLY=($(compgen -W '{Join(values)}' -- \"$word\")); return; }}\n");
            text.Append("        ;;\n");
        }
        text.Append("""
                esac
                if [[ $word == -* ]]; then COMPREPLY=($(compgen -W "$words" -- "$word")); else COMPREPLY=($(compgen -f -- "$word")); fi
            }
            complete -o filenames -F _pgpsr pgpsr

            """);
        return text.ToString();
    }

    static string Zsh(IReadOnlyList<HelpCommand> commands)
    {
        var text = new StringBuilder();
        text.Append("#compdef pgpsr\n# pgpsr: completion for zsh. Once:  pgpsr completion zsh > a folder of $fpath, as _pgpsr\n");
        text.Append("_pgpsr() {\n    if (( CURRENT == 2 )); then\n        local -a commands=(\n");
        foreach (HelpCommand command in commands) text.Append($"            {Quoted($"{command.Name}:{command.Description}")}\n");
        text.Append("        )\n        _describe command commands\n        return\n    fi\n    local command=$words[2]\n");
        text.Append("    shift words\n    (( CURRENT-- ))\n    case $command in\n");
        foreach (HelpCommand command in commands)
        {
            text.Append($"    {command.Name})\n        _arguments -s");
            foreach (HelpOption option in command.Options)
            {
                string action = option.IsPath && option.Values.Count == 0 ? "_files"
                    : option.Values.Count > 0 ? $"({Join(option.Values)})" : " ";
                string value = option.Value.Length > 0 ? $":{ZshText(option.Value)}:{action}" : "";
                string all = string.Join(' ', option.Names);
                foreach (string name in option.Names)
                    text.Append($" \\\n            {Quoted($"({all}){name}[{ZshText(option.Description)}]{value}")}");
            }
            string[] values = [.. command.Arguments.SelectMany(argument => argument.Values)];
            string rest = values.Length > 0 ? $"({Join(values)})" : "_files";
            if (command.Arguments.Count > 0) text.Append($" \\\n            '*:{ZshText(command.Arguments[0].Name)}:{rest}'");
            text.Append("\n        ;;\n");
        }
        text.Append("    esac\n}\n_pgpsr \"$@\"\n");
        return text.ToString();
    }

    static string Fish(IReadOnlyList<HelpCommand> commands)
    {
        var text = new StringBuilder("# pgpsr: completion for fish. Once:  pgpsr completion fish > ~/.config/fish/completions/pgpsr.fish\n");
        foreach (HelpCommand command in commands)
            text.Append($"complete -c pgpsr -n __fish_use_subcommand -f -a {command.Name} -d {FishQuoted(command.Description)}\n");
        foreach (HelpCommand command in commands)
        {
            string here = $"complete -c pgpsr -n '__fish_seen_subcommand_from {command.Name}'";
            foreach (HelpOption option in command.Options)
            {
                string names = string.Concat(option.Names.Select(name => name[1] == '-' ? $" -l {name[2..]}" : $" -s {name[1..]}"));
                string value = option.Value.Length == 0 ? "" : option.IsPath ? " -r" : " -x";
                string words = option.Values.Count > 0 ? $" -a {FishQuoted(Join(option.Values))}" : "";
                text.Append($"{here}{names}{value}{words} -d {FishQuoted(option.Description)}\n");
            }
            if (command.Arguments.SelectMany(argument => argument.Values).ToArray() is { Length: > 0 } values)
                text.Append($"{here} -f -a {FishQuoted(Join(values))}\n");
        }
        return text.ToString();
    }

    static string PowerShell(IReadOnlyList<HelpCommand> commands)
    {
        var text = new StringBuilder();
        text.Append("# pgpsr: completion for PowerShell. Once:  pgpsr completion powershell >> $PROFILE\n");
        text.Append("Register-ArgumentCompleter -Native -CommandName pgpsr -ScriptBlock {\n    param($word, $line, $cursor)\n");
        text.Append("    $words = @($line.CommandElements | ForEach-Object { $_.ToString() })\n    $options = @{\n");
        foreach (HelpCommand command in commands)
            text.Append($"        {Quoted(command.Name)} = @({List(command.Options.SelectMany(option => option.Names))})\n");
        text.Append("    }\n    $values = @{\n");
        foreach (HelpCommand command in commands)
            foreach (HelpOption option in command.Options.Where(option => option.Values.Count > 0))
                text.Append($"        {Quoted($"{command.Name} {option.Names[0]}")} = @({List(option.Values)})\n");
        text.Append("    }\n    $before = if ($word) { $words[-2] } else { $words[-1] }\n");
        text.Append("    $known = if ($words.Count -lt 2 -or ($words.Count -eq 2 -and $word)) { @($options.Keys | Sort-Object) }\n");
        text.Append("        elseif ($values.ContainsKey(\"$($words[1]) $before\")) { $values[\"$($words[1]) $before\"] }\n");
        text.Append("        elseif ($word -like '-*') { $options[$words[1]] } else { @() }\n");
        text.Append("    $known | Where-Object { $_ -like \"$word*\" } |\n");
        text.Append("        ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }\n}\n");
        return text.ToString();
    }

    static string Join(IEnumerable<string> words) => string.Join(' ', words);

    static string List(IEnumerable<string> words) => string.Join(", ", words.Select(Quoted));

    // PowerShell doubles the quote; zsh, with RC_QUOTES off, ends the word, escapes one and begins again. Descriptions avoid the difference.
    static string Quoted(string text) => $"'{text.Replace("'", "", StringComparison.Ordinal)}'";

    static string FishQuoted(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";

    // What ends a field of _arguments.
    static string ZshText(string text) => text.Replace(":", "\\:", StringComparison.Ordinal).Replace("[", "(", StringComparison.Ordinal)
        .Replace("]", ")", StringComparison.Ordinal);
}
