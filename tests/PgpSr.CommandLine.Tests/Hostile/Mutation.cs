namespace PgpSr.CommandLine.Tests.Hostile;

/// <summary>Damage to a file, a function of the random state.</summary>
static class Mutation
{
    // Sizes, offsets and lengths of all formats lie at the beginning.
    const int HeaderLength = 64;

    public static byte[] Of(byte[] original, Random random)
    {
        byte[] file = (byte[])original.Clone();
        switch (random.Next(6))
        {
            case 0:
                for (int i = random.Next(1, 20); i > 0; i--)
                    file[random.Next(file.Length)] = (byte)random.Next(256);
                return file;
            case 1:
                for (int i = random.Next(1, 6); i > 0; i--)
                    file[random.Next(Math.Min(file.Length, HeaderLength))] = (byte)random.Next(256);
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
                file[random.Next(Math.Min(file.Length, HeaderLength))] = random.Next(2) == 0 ? byte.MinValue : byte.MaxValue;
                return file;
        }
    }
}
