namespace PgpSr.CommandLine;

/// <summary>The word that was meant by a mistyped one.</summary>
static class Spelling
{
    /// <summary>The nearest known word, or null if none is near: at most one wrong letter in three.</summary>
    /// <param name="word">As typed.</param>
    /// <param name="known">The words there are.</param>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        (int Distance, string Word)? best = null;
        foreach (string candidate in known.Order(StringComparer.Ordinal))
        {
            int distance = Distance(word, candidate);
            int letters = Math.Max(word.Trim('-').Length, candidate.Trim('-').Length);
            bool near = distance > 0 && distance <= Math.Max(1, letters / 3);
            if (near && (best is null || distance < best.Value.Distance)) best = (distance, candidate);
        }
        return best?.Word;
    }

    /// <summary>The end of a message: <c>; did you mean 'upscale'?</c>, or nothing.</summary>
    public static string Suggestion(string word, IEnumerable<string> known) =>
        Nearest(word, known) is { } nearest ? $"; did you mean '{nearest}'?" : "";

    // Letters replaced, inserted, dropped, and neighbors swapped (optimal string alignment).
    static int Distance(string a, string b)
    {
        int[,] least = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) least[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) least[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = least[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                least[i, j] = Math.Min(replaced, Math.Min(least[i - 1, j], least[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) least[i, j] = Math.Min(least[i, j], least[i - 2, j - 2] + 1);
            }
        }
        return least[a.Length, b.Length];
    }
}
