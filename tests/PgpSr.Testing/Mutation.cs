namespace PgpSr.Testing;

/// <summary>Damage to a file, a function of the random state.</summary>
public static class Mutation
{
    // Sizes, offsets and lengths of all formats lie at the beginning.
    const int HeaderLength = 64;

    // What stands after the first sizes: tables, palettes, tags.
    const int TablesLength = 200;

    /// <summary>A damaged copy: bytes replaced, cut short, moved about, replaced by a random tail, or a flipped bit and an extreme byte.</summary>
    /// <param name="original">The undamaged file; kept.</param>
    /// <param name="random">Decides; the same state gives the same damage.</param>
    public static byte[] Of(byte[] original, Random random)
    {
        ArgumentNullException.ThrowIfNull(original);
        ArgumentNullException.ThrowIfNull(random);
        byte[] file = (byte[])original.Clone();
        switch (random.Next(6))
        {
            case 0:
                for (int i = random.Next(1, 20); i > 0; i--) file[random.Next(file.Length)] = (byte)random.Next(256);
                return file;
            case 1:
                for (int i = random.Next(1, 6); i > 0; i--) file[random.Next(Math.Min(file.Length, HeaderLength))] = (byte)random.Next(256);
                return file;
            case 2:
                return file[..random.Next(file.Length)];
            case 3:
                int from = random.Next(file.Length), length = random.Next(file.Length - from), to = random.Next(file.Length - length);
                file.AsSpan(from, length).CopyTo(file.AsSpan(to));
                return file;
            case 4:
                byte[] tail = new byte[random.Next(1, 2000)];
                random.NextBytes(tail);
                return [.. file[..random.Next(file.Length)], .. tail];
            default:
                file[random.Next(file.Length)] ^= (byte)(1 << random.Next(8));
                file[random.Next(Math.Min(file.Length, TablesLength))] = random.Next(2) == 0 ? byte.MinValue : byte.MaxValue;
                return file;
        }
    }
}
