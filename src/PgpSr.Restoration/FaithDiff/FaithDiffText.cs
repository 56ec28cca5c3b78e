using System.Collections.Immutable;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Restoration;

/// <summary>
/// SDXL's text conditioning from token ids (method 3.4 and 4.3): both encoders' states before their last layer side by side, the second's pooled
/// projection.
/// </summary>
static class FaithDiffText
{
    /// <summary>Tokens of a prompt.</summary>
    public const int Length = 77;

    // CLIP's vocabulary: start, end (which pads the first encoder's prompts), and "!" (which pads the second's).
    const int Start = 49406, End = 49407, SecondPad = 0;

    /// <summary>The empty prompt, which is encoded like any other (method 3.3).</summary>
    public static ImmutableArray<int> Empty { get; } = [Start, .. Enumerable.Repeat(End, Length - 1)];

    /// <summary>One prompt's ids as one of the encoders wants them: what stands after the end token is its own padding.</summary>
    public static int[] For(bool second, ReadOnlySpan<int> ids)
    {
        int[] padded = ids.ToArray();
        int end = Array.IndexOf(padded, End);
        if (end >= 0) Array.Fill(padded, second ? SecondPad : End, end + 1, padded.Length - end - 1);
        return padded;
    }

    /// <summary>What an encoder makes of some prompts: states [rows, 77, width], and the second's pooled text [rows, width].</summary>
    public static (Tensor States, Tensor? Pooled) Run(Workspace ws, ClipTextEncoder encoder, bool second, ReadOnlySpan<int> ids)
    {
        var rows = new List<int>(ids.Length);
        for (int i = 0; i < ids.Length; i += Length) rows.AddRange(For(second, ids.Slice(i, Length)));
        return encoder.Forward(ws, rows.ToArray(), Length, pooled: second);
    }
}
