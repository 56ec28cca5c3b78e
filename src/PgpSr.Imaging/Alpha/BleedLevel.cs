namespace PgpSr.Imaging;

/// <summary>One level of the pyramid that bleeds color into invisible pixels.</summary>
sealed class BleedLevel(int width, int height, int colors)
{
    public float[] Color { get; } = new float[checked(width * height * colors)];

    /// <summary>1 where the color is known.</summary>
    public byte[] Weight { get; } = new byte[width * height];

    public bool HasEmpty => Weight.AsSpan().Contains((byte)0);

    public BleedLevel Halve(CancellationToken cancellation)
    {
        BleedLevel half = new((width + 1) / 2, (height + 1) / 2, colors);
        int halfWidth = (width + 1) / 2;
        for (int y = 0; y < (height + 1) / 2; y++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int x = 0; x < halfWidth; x++)
            {
                int known = 0, to = y * halfWidth + x;
                for (int dy = 0; dy < 2 && 2 * y + dy < height; dy++)
                    for (int dx = 0; dx < 2 && 2 * x + dx < width; dx++)
                    {
                        int from = (2 * y + dy) * width + 2 * x + dx;
                        known += Weight[from];
                        for (int c = 0; Weight[from] != 0 && c < colors; c++) half.Color[to * colors + c] += Color[from * colors + c];
                    }
                half.Weight[to] = known > 0 ? (byte)1 : (byte)0;
                for (int c = 0; known > 1 && c < colors; c++) half.Color[to * colors + c] /= known;
            }
        }
        return half;
    }

    /// <summary>Known colors grow by one pixel: the mean of the known among the eight neighbors.</summary>
    public void Dilate(CancellationToken cancellation)
    {
        byte[] before = (byte[])Weight.Clone();
        for (int y = 0; y < height; y++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int x = 0; x < width; x++)
            {
                int to = y * width + x, known = 0;
                if (before[to] != 0) continue;
                for (int ny = Math.Max(y - 1, 0); ny <= Math.Min(y + 1, height - 1); ny++)
                    for (int nx = Math.Max(x - 1, 0); nx <= Math.Min(x + 1, width - 1); nx++)
                    {
                        int from = ny * width + nx;
                        known += before[from];
                        for (int c = 0; before[from] != 0 && c < colors; c++) Color[to * colors + c] += Color[from * colors + c];
                    }
                Weight[to] = known > 0 ? (byte)1 : (byte)0;
                for (int c = 0; known > 1 && c < colors; c++) Color[to * colors + c] /= known;
            }
        }
    }

    /// <summary>Empty pixels take the bilinearly interpolated color of the filled level above.</summary>
    public void FillFrom(BleedLevel half, CancellationToken cancellation)
    {
        int halfWidth = (width + 1) / 2, halfHeight = (height + 1) / 2;
        for (int y = 0; y < height; y++)
        {
            cancellation.ThrowIfCancellationRequested();
            // The center of a fine pixel lies a quarter of a coarse pixel off the center of its own.
            int y0 = y / 2, y1 = Math.Clamp(y0 + (y % 2 == 0 ? -1 : 1), 0, halfHeight - 1);
            for (int x = 0; x < width; x++)
            {
                if (Weight[y * width + x] != 0) continue;
                int x0 = x / 2, x1 = Math.Clamp(x0 + (x % 2 == 0 ? -1 : 1), 0, halfWidth - 1);
                for (int c = 0; c < colors; c++)
                {
                    float near = 0.75f * half.Color[(y0 * halfWidth + x0) * colors + c] + 0.25f * half.Color[(y0 * halfWidth + x1) * colors + c];
                    float far = 0.75f * half.Color[(y1 * halfWidth + x0) * colors + c] + 0.25f * half.Color[(y1 * halfWidth + x1) * colors + c];
                    Color[(y * width + x) * colors + c] = 0.75f * near + 0.25f * far;
                }
            }
        }
    }
}
