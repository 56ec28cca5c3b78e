namespace PgpSr.PyTorchZip.Tests;

/// <summary>The format before PyTorch 1.6: pickles, then storages.</summary>
static class LegacyWriter
{
    /// <summary>The first pickle.</summary>
    public static byte[] Magic => [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.'];

    /// <summary>A file of these containers and storages.</summary>
    public static byte[] Checkpoint(byte[] containers, params (string Key, long Count, byte[] Bytes)[] storages) =>
        Checkpoint(containers, 1001, littleEndian: true, storages);

    /// <summary>The same with another version or another machine's properties.</summary>
    public static byte[] Checkpoint(byte[] containers, long version, bool littleEndian, params (string Key, long Count, byte[] Bytes)[] storages)
    {
        var keys = new PickleWriter().Op(']').Op('(');
        foreach (var (key, _, _) in storages) keys.Text(key);
        return
        [
            .. Magic,
            .. new PickleWriter().Long(version).Stop(),
            .. PickleWriter.Single("little_endian", w => w.Op(littleEndian ? 0x88 : 0x89)),
            .. containers,
            .. keys.Op('e').Stop(),
            .. storages.SelectMany(s => (byte[])[.. BitConverter.GetBytes(s.Count), .. s.Bytes]),
        ];
    }
}
