using PgpSr.Imaging;

namespace PgpSr.Training;

/// <summary>
/// Pairs of degraded and true crops, made on the fly. The crops of a step depend on the seed and the step's number alone: a resumed run sees what an
/// unbroken one would have seen.
/// </summary>
/// <param name="photos">True photographs.</param>
/// <param name="scale">How many times larger the truth is.</param>
/// <param name="recipe">What is done to the crops.</param>
sealed class PairSource(IReadOnlyList<(string Name, Image Image)> photos, int scale, Recipe recipe)
{
    public const int Channels = 3;

    // Degraded pixels around a crop that are made and cut off, so that no filter sees the crop's edge: bicubic enlargement reaches 2, JPEG blocks 8.
    const int Margin = 8;

    // Photographs are 2048 pixels long (PhotoCache); at half of it the smallest crops still show things and not whole scenes.
    const double LeastReduction = 0.45;

    readonly long[] _areas = [.. photos.Select(photo => (long)photo.Image.Width * photo.Image.Height)];

    // Clean pairs are cut from whole reduced photographs.
    readonly Image[] _clean = [.. photos.Select(photo => Degradation.Clean(photo.Image, scale))];

    public PairBatch Step(long step, int count, int side)
    {
        int large = side * scale;
        var batch = new PairBatch(count, side, new float[count * Channels * side * side], new float[count * Channels * large * large], new float[count * Channels * large * large], new float[count]);
        for (int i = 0; i < count; i++) Fill(batch, i, i % 2 == 0 ? recipe.Places : 1, new Random(HashCode(step, i)));
        return batch;
    }

    void Fill(PairBatch batch, int index, int candidates, Random random)
    {
        int side = batch.Side, large = side * scale, around = side + 2 * Margin;
        var (which, left, top) = Place(random, around);
        for (int i = 1; i < candidates; i++)
        {
            var other = Place(random, around);
            if (Detail(_clean[other.Which], other.Left, other.Top, around) > Detail(_clean[which], left, top, around)) (which, left, top) = other;
        }
        bool reduced = recipe.ReducedShare > 0 && random.NextDouble() < recipe.ReducedShare;
        var truth = reduced ? Reduced(photos[which].Image, left * scale, top * scale, around * scale, LeastReduction + (1 - LeastReduction) * random.NextDouble())
            : PhotoCache.Crop(photos[which].Image, left * scale, top * scale, around * scale, around * scale);
        bool told = recipe.ToldShare > 0 && random.NextDouble() < recipe.ToldShare;
        var (degraded, damage, undamaged) = random.NextDouble() < recipe.CleanShare
            ? (reduced ? Degradation.Clean(truth, scale) : PhotoCache.Crop(_clean[which], left, top, around, around), 0, null)
            : recipe.WideShare > 0 && random.NextDouble() < recipe.WideShare ? WideDegradation.Run(truth, scale, random, told)
            : (Degradation.SecondOrder(truth, scale, random), -1, null);
        int turn = random.Next(8);

        var small = ToSingles(degraded);
        var enlarged = Enlarge(degraded, scale);
        var target = ToSingles(truth);
        batch.Damage[index] = -1;
        if (told && damage >= 0)
        {
            double allowed = Allowed(damage, random);
            batch.Damage[index] = (float)allowed;
            if (undamaged is not null && allowed < damage) Keep(1 - allowed / damage, enlarged, undamaged, around, target);
        }
        Turn(small, around, Margin, side, turn, batch.Degraded, index);
        Turn(enlarged, around * scale, Margin * scale, large, turn, batch.Enlarged, index);
        Turn(target, around * scale, Margin * scale, large, turn, batch.Truth, index);
    }

    // What a network is told is how much damage it may take away. Most often it is less than there is: to take all of it, it needs no telling.
    static double Allowed(double damage, Random random) => random.NextDouble() switch
    {
        < 0.3 => 0,
        < 0.75 => damage * random.NextDouble(),
        _ => damage + (1 - damage) * random.NextDouble(),
    };

    // The rest of the damage stays, as large as the picture becomes.
    void Keep(double share, float[] enlarged, float[] undamaged, int side, float[] target)
    {
        int large = side * scale;
        var plain = new float[enlarged.Length];
        Resizer.Resize(undamaged, side, side, Channels, large, large, ResizeFilter.Bicubic, plain);
        for (int i = 0; i < target.Length; i++) target[i] += (float)share * (enlarged[i] - (plain[i] / 127.5f - 1));
    }

    /// <summary>Bicubic enlargement in [-1, 1], interleaved, neither rounded nor clamped: what a residual is added to, in training and in use.</summary>
    public static float[] Enlarge(Image degraded, int scale)
    {
        var enlarged = new float[degraded.Width * degraded.Height * Channels * scale * scale];
        Resizer.Resize(ToSingles(degraded), degraded.Width, degraded.Height, Channels, degraded.Width * scale, degraded.Height * scale, ResizeFilter.Bicubic, enlarged);
        return enlarged;
    }

    /// <summary>Samples in [-1, 1], interleaved.</summary>
    public static float[] ToSingles(Image image)
    {
        var samples = new float[image.Bytes.Length];
        PixelConversion.ToInterleaved(image.Bytes, image.Info, PixelRange.MinusOneToOne, Channels, samples);
        return samples;
    }

    // A crop of the photograph reduced by the factor, about where the unreduced crop would lie.
    static Image Reduced(Image photo, int left, int top, int side, double factor)
    {
        int from = Math.Min((int)Math.Round(side / factor), Math.Min(photo.Width, photo.Height));
        var crop = PhotoCache.Crop(photo, Math.Min(left, photo.Width - from), Math.Min(top, photo.Height - from), from, from);
        return Resizer.Resize(crop, side, side, ResizeFilter.Bicubic);
    }

    (int Which, int Left, int Top) Place(Random random, int around)
    {
        int which = Choose(random);
        var photo = photos[which].Image;
        return (which, random.Next(photo.Width / scale - around + 1), random.Next(photo.Height / scale - around + 1));
    }

    // Sum of the differences between neighbors in a row, green alone.
    static long Detail(Image image, int left, int top, int side)
    {
        long sum = 0;
        var bytes = image.Bytes;
        for (int y = 0; y < side; y++)
        {
            int row = ((top + y) * image.Width + left) * Channels + 1;
            for (int x = 1; x < side; x++) sum += Math.Abs(bytes[row + x * Channels] - bytes[row + (x - 1) * Channels]);
        }
        return sum;
    }

    // Large photographs give more crops.
    int Choose(Random random)
    {
        long at = random.NextInt64(_areas.Sum());
        int which = 0;
        while (at >= _areas[which]) at -= _areas[which++];
        return which;
    }

    int HashCode(long step, int index)
    {
        // SplitMix64's finaliser: neighboring steps get unrelated generators.
        ulong x = unchecked((ulong)recipe.Seed * 0x9e3779b97f4a7c15 + (ulong)step * 0xbf58476d1ce4e5b9 + (ulong)index * 0x94d049bb133111eb);
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
        return (int)((x ^ (x >> 31)) & int.MaxValue);
    }

    // One of the eight symmetries of the square, from interleaved to planes, cutting the margin off.
    static void Turn(float[] source, int stride, int margin, int side, int turn, float[] destination, int index)
    {
        for (int c = 0; c < Channels; c++)
        {
            int plane = (index * Channels + c) * side * side;
            for (int y = 0; y < side; y++)
            {
                for (int x = 0; x < side; x++)
                {
                    int sx = (turn & 1) == 0 ? x : side - 1 - x, sy = (turn & 2) == 0 ? y : side - 1 - y;
                    if ((turn & 4) != 0) (sx, sy) = (sy, sx);
                    destination[plane + y * side + x] = source[((sy + margin) * stride + sx + margin) * Channels + c];
                }
            }
        }
    }
}
