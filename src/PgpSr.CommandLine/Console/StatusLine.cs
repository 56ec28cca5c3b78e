namespace PgpSr.CommandLine;

/// <summary>One line at the bottom of a terminal, redrawn in place with a carriage return and "erase to the end of the line".</summary>
sealed class StatusLine(CommandEnvironment environment)
{
    const string Erase = "\r\u001b[K";

    string _text = "";

    /// <summary>Replaces the line; longer text is cut, since a wrapped line cannot be redrawn.</summary>
    public void Draw(string text)
    {
        _text = text.Length < environment.Width ? text : text[..(environment.Width - 1)];
        Show();
    }

    /// <summary>Removes it while other text is written.</summary>
    public void Hide()
    {
        if (_text.Length > 0) environment.Error.Write(Erase);
    }

    /// <summary>Draws it again.</summary>
    public void Show()
    {
        environment.Error.Write($"{Erase}{_text}");
        environment.Error.Flush();
    }
}
