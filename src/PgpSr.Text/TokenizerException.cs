namespace PgpSr.Text;

/// <summary>A tokenizer file is missing or not what it should be.</summary>
/// <param name="file">The file.</param>
/// <param name="message">What is wrong and what was expected.</param>
/// <param name="inner">The cause, if another exception reported it.</param>
sealed class TokenizerException(string file, string message, Exception? inner = null) : PgpSrException($"{file}: {message}", inner)
{
    /// <summary>The file.</summary>
    public string File { get; } = file;
}
