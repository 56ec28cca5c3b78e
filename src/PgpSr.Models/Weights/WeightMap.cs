namespace PgpSr.Models;

/// <summary>
/// The only place that knows foreign names: how files of other ages spell the keys that the networks ask for. A key is tried as it is first.
/// </summary>
static class WeightMap
{
    // diffusers before 0.18 stored the VAE's attention so; a rename of suffixes is enough.
    static readonly (string Ours, string Theirs)[] s_alternatives =
    [
        (".to_q.", ".query."),
        (".to_k.", ".key."),
        (".to_v.", ".value."),
        (".to_out.0.", ".proj_attn."),
    ];

    /// <summary>Tensors that checkpoints carry and no network uses: CLIP's constant position ids.</summary>
    public static bool IsIgnored(string key) => key.EndsWith("position_ids", StringComparison.Ordinal);

    /// <summary>The name under which the source has the tensor, or the name itself when it has it under none.</summary>
    public static string Find(WeightSource source, string name)
    {
        if (source.TryDescribe(name, out _)) return name;
        foreach (var (ours, theirs) in s_alternatives)
        {
            if (!name.Contains(ours, StringComparison.Ordinal)) continue;
            string other = name.Replace(ours, theirs, StringComparison.Ordinal);
            if (source.TryDescribe(other, out _)) return other;
        }
        return name;
    }
}
