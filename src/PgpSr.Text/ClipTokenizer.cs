using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace PgpSr.Text;

/// <summary>
/// CLIP's byte-level BPE with end-of-word marks: text > cleaned, lower case > words > bytes as letters > merges > ids, framed by start and end
/// tokens. Equal to transformers' CLIPTokenizer (its slow form, without the optional ftfy package).
/// </summary>
sealed partial class ClipTokenizer
{
    /// <summary>Tokens of a prompt, frame and padding included: the encoders' position table has no more.</summary>
    public const int Length = 77;

    /// <summary>Pads CLIP ViT-L's prompts, and ends every prompt.</summary>
    public const string EndOfText = "<|endoftext|>";

    /// <summary>Pads OpenCLIP ViT-bigG's prompts (<c>tokenizer_2</c> of SDXL).</summary>
    public const string Bang = "!";

    const string StartOfText = "<|startoftext|>";

    // The published vocabulary has 49408 entries and a megabyte of merges; anything far above is not a CLIP tokenizer.
    const long MaxFileBytes = 64L << 20;

    static readonly char[] s_byteLetters = ByteLetters();

    readonly BpeTokenizer _bpe;
    readonly Dictionary<string, int> _vocabulary;
    readonly int _start;
    readonly int _end;

    ClipTokenizer(BpeTokenizer bpe, Dictionary<string, int> vocabulary, int start, int end)
    {
        _bpe = bpe;
        _vocabulary = vocabulary;
        _start = start;
        _end = end;
    }

    /// <summary>Reads <c>vocab.json</c> and <c>merges.txt</c> from a checkpoint's tokenizer folder.</summary>
    /// <exception cref="TokenizerException">A file is missing, too large, or not a CLIP tokenizer's.</exception>
    public static ClipTokenizer Load(string folder)
    {
        string vocabFile = Path.Combine(folder, "vocab.json"), mergesFile = Path.Combine(folder, "merges.txt");
        var vocabulary = ReadVocabulary(vocabFile);
        var merges = ReadMerges(mergesFile);
        if (!vocabulary.TryGetValue(StartOfText, out int start) || !vocabulary.TryGetValue(EndOfText, out int end))
            throw new TokenizerException(vocabFile, $"holds no {StartOfText} or no {EndOfText}: not a CLIP vocabulary");
        try
        {
            var options = new BpeOptions(vocabulary) { Merges = merges, EndOfWordSuffix = "</w>", UnknownToken = EndOfText };
            return new ClipTokenizer(BpeTokenizer.Create(options), vocabulary, start, end);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException)
        {
            throw new TokenizerException(mergesFile, "the merges do not fit the vocabulary", e);
        }
    }

    /// <summary>
    /// Exactly <see cref="Length"/> ids: start, the prompt's tokens (cut so that the end token stays), end, padding.
    /// </summary>
    /// <param name="prompt">Any text; empty is a prompt too.</param>
    /// <param name="padToken">The checkpoint's <c>pad_token</c>: <see cref="EndOfText"/> or <see cref="Bang"/>. Where it stands in a prompt literally
    /// it is that very token (so <c>!!</c> is two pads, not the word <c>!!</c>), as in the original.</param>
    /// <exception cref="ArgumentException">The vocabulary has no such token.</exception>
    public int[] Encode(string prompt, string padToken = EndOfText)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(padToken);
        if (!_vocabulary.TryGetValue(padToken, out int padding))
            throw new ArgumentException($"the vocabulary has no token '{padToken}'", nameof(padToken));
        var ids = new List<int>(Length) { _start };
        foreach (string part in SplitOff(prompt, StartOfText, EndOfText, padToken))
        {
            if (part == StartOfText) ids.Add(_start);
            else if (part == EndOfText) ids.Add(_end);
            else if (part == padToken) ids.Add(padding);
            else
                foreach (Match word in Words().Matches(Clean(part)))
                    ids.AddRange(_bpe.EncodeToIds(ToByteLetters(word.ValueSpan), considerPreTokenization: false, considerNormalization: false));
        }
        if (ids.Count > Length - 1) ids.RemoveRange(Length - 1, ids.Count - (Length - 1));
        ids.Add(_end);
        while (ids.Count < Length) ids.Add(padding);
        return [.. ids];
    }

    // Cuts text at every occurrence of a special token, which becomes a part of its own.
    static IEnumerable<string> SplitOff(string text, params string[] tokens)
    {
        int from = 0;
        while (from < text.Length)
        {
            string? next = null;
            int at = text.Length;
            foreach (string token in tokens)
            {
                int found = text.IndexOf(token, from, StringComparison.Ordinal);
                if (found >= 0 && found < at) (at, next) = (found, token);
            }
            if (at > from) yield return text[from..at];
            if (next is not null) yield return next;
            from = at + (next?.Length ?? 0);
        }
    }

    // CLIP's word pattern: contractions, letters, single digits, runs of anything else.
    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Words();

    // BERT's basic clean-up, as CLIP's tokenizer applies it: control characters go, every white space is one space, ideographs stand alone, NFC,
    // lower case.
    static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is 0 or 0xFFFD) continue;
            if (rune.Value is '\t' or '\n' or '\r' || Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator)
            {
                clean.Append(' ');
                continue;
            }
            if (IsControl(rune)) continue;
            if (IsIdeograph(rune.Value)) clean.Append(' ').Append(rune.ToString()).Append(' ');
            else clean.Append(rune.ToString());
        }
        // Where globalization is invariant, Normalize leaves text outside ASCII as it is: prompts typed at a keyboard are composed already.
        return clean.ToString().Normalize(NormalizationForm.FormC).ToLowerInvariant();
    }

    static bool IsControl(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned;

    // The CJK Unicode blocks that BERT's tokenizer names; kana and hangul are not among them.
    static bool IsIdeograph(int c) =>
        c is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B820 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);

    static string ToByteLetters(ReadOnlySpan<char> word)
    {
        Span<byte> bytes = word.Length <= 128 ? stackalloc byte[word.Length * 3] : new byte[word.Length * 3];
        int count = Encoding.UTF8.GetBytes(word, bytes);
        return string.Create(count, bytes[..count], static (letters, source) =>
        {
            for (int i = 0; i < letters.Length; i++) letters[i] = s_byteLetters[source[i]];
        });
    }

    // GPT-2's bijection from bytes to printable characters: printable ones stay, the other 68 become U+0100 and on, in order.
    static char[] ByteLetters()
    {
        var letters = new char[256];
        int next = 0x100;
        for (int b = 0; b < 256; b++)
            letters[b] = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)b : (char)next++;
        return letters;
    }

    static Dictionary<string, int> ReadVocabulary(string file)
    {
        var vocabulary = new Dictionary<string, int>(49408);
        var reader = new Utf8JsonReader(ReadBounded(file), new JsonReaderOptions { MaxDepth = 1 });
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                throw new TokenizerException(file, "is not a JSON object of token: id");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string token = reader.GetString()!;
                if (!reader.Read() || reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int id) || id < 0)
                    throw new TokenizerException(file, $"the token '{token}' has no id that is a small whole number");
                vocabulary[token] = id;
            }
        }
        catch (JsonException e)
        {
            throw new TokenizerException(file, "is not valid JSON", e);
        }
        return vocabulary;
    }

    static List<string> ReadMerges(string file)
    {
        var merges = new List<string>(48895);
        foreach (var range in Encoding.UTF8.GetString(ReadBounded(file)).Split('\n'))
        {
            string line = range.TrimEnd('\r');
            if (line.Length == 0 || line.StartsWith("#version", StringComparison.Ordinal)) continue;
            if (line.Count(c => c == ' ') != 1) throw new TokenizerException(file, $"'{line}' is not a pair of tokens");
            merges.Add(line);
        }
        return merges;
    }

    static byte[] ReadBounded(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.Length > MaxFileBytes) throw new TokenizerException(file, $"has {stream.Length:N0} bytes, more than any CLIP tokenizer");
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerException(file, "cannot be read; a checkpoint's tokenizer folder holds vocab.json and merges.txt", e);
        }
    }
}
