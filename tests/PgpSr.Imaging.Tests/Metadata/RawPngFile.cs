using PgpSr.Imaging.Tests.Codecs;

namespace PgpSr.Imaging.Tests.Metadata;

/// <summary>A small gray PNG with whatever chunks a test wants.</summary>
sealed class RawPngFile
{
    readonly int _width, _height;
    readonly RawPng _png;

    public RawPngFile(int width = 1, int height = 1)
    {
        (_width, _height) = (width, height);
        _png = new RawPng().Header(width, height, 8, 0);
    }

    public RawPngFile Chunk(string type, byte[] data)
    {
        _png.Chunk(type, data);
        return this;
    }

    public RawPngFile Text(string key, byte[] text) => Chunk("tEXt", [.. System.Text.Encoding.Latin1.GetBytes(key), 0, .. text]);

    public byte[] End() => _png.Pixels(_width, _height, 8, 1, false, (_, _, _) => 9).End();
}
