using System.Runtime.InteropServices;

namespace PgpSr.PyTorchZip.Tests;

/// <summary>Files as PyTorch wrote them before version 1.6.</summary>
public sealed class LegacyTests
{
    static readonly byte[] s_six = MemoryMarshal.AsBytes<float>([1, 2, 3, 4, 5, 6]).ToArray();
    static readonly byte[] s_two = MemoryMarshal.AsBytes<long>([7, 8]).ToArray();

    static byte[] Two()
    {
        var pickle = new PickleWriter().Op('}').Op('(');
        pickle.Text("w").Tensor("FloatStorage", "b", 6, 1, [2, 2], [2, 1]);
        pickle.Text("n").Tensor("LongStorage", "a", 2, 0, [2], [1]);
        pickle.Text("all").Tensor("FloatStorage", "b", 6, 0, [6], [1]);
        return pickle.Op('u').Stop();
    }

    [Fact]
    public void Tensors_are_read_from_behind_the_pickles()
    {
        using var file = new TemporaryFile(LegacyWriter.Checkpoint(Two(), ("a", 2, s_two), ("b", 6, s_six)));
        using var checkpoint = PyTorchZipFile.Open(file.Path);
        Assert.Equal(["w F32 [2, 2]", "n I64 [2]", "all F32 [6]"], checkpoint.Tensors.Select(t => t.ToString()));
        Assert.Equal([2f, 3, 4, 5], MemoryMarshal.Cast<byte, float>(Bytes(checkpoint, "w")).ToArray());
        Assert.Equal([7L, 8], MemoryMarshal.Cast<byte, long>(Bytes(checkpoint, "n")).ToArray());
        Assert.Equal(s_six, Bytes(checkpoint, "all"));
    }

    [Fact]
    public void What_does_not_add_up_is_refused()
    {
        Refused(LegacyWriter.Checkpoint(Two(), ("a", 2, s_two)), PyTorchZipRule.EntryMissing);
        Refused(LegacyWriter.Checkpoint(Two(), ("a", 2, s_two), ("b", 6, s_six[..^1])), PyTorchZipRule.StorageInvalid);
        Refused(LegacyWriter.Checkpoint(Two(), ("a", 3, s_two), ("b", 6, s_six)), PyTorchZipRule.StorageInvalid);
        Refused(LegacyWriter.Checkpoint(Two(), ("a", 2, s_two), ("a", 2, s_two), ("b", 6, s_six)), PyTorchZipRule.StorageInvalid);
        Refused(LegacyWriter.Checkpoint(Two(), ("a", 2, s_two), ("b", 6, s_six), ("c", 6, s_six)), PyTorchZipRule.StorageInvalid);
        Refused(LegacyWriter.Checkpoint(Two(), 1002, littleEndian: true, ("a", 2, s_two), ("b", 6, s_six)), PyTorchZipRule.PickleMalformed);
        Refused(LegacyWriter.Checkpoint(Two(), 1001, littleEndian: false, ("a", 2, s_two), ("b", 6, s_six)), PyTorchZipRule.BigEndian);
        var outside = PickleWriter.Single("w", w => w.Tensor("FloatStorage", "b", 6, 5, [2], [1]));
        Refused(LegacyWriter.Checkpoint(outside, ("b", 6, s_six)), PyTorchZipRule.TensorInvalid);
        var huge = PickleWriter.Single("w", w => w.Tensor("FloatStorage", "b", long.MaxValue, 0, [2], [1]));
        Refused(LegacyWriter.Checkpoint(huge, ("b", long.MaxValue, s_six)), PyTorchZipRule.StorageInvalid);
    }

    [Fact]
    public void A_file_that_ends_anywhere_is_refused()
    {
        byte[] whole = LegacyWriter.Checkpoint(Two(), ("a", 2, s_two), ("b", 6, s_six));
        for (int length = LegacyWriter.Magic.Length; length < whole.Length; length++)
        {
            using var file = new TemporaryFile(whole[..length]);
            Assert.Throws<PyTorchZipException>(() => PyTorchZipFile.Open(file.Path));
        }
    }

    static byte[] Bytes(PyTorchZipFile checkpoint, string name)
    {
        using var stream = new MemoryStream();
        checkpoint.CopyTo(checkpoint[name], stream);
        return stream.ToArray();
    }

    static void Refused(byte[] bytes, PyTorchZipRule rule)
    {
        using var file = new TemporaryFile(bytes);
        Assert.Equal(rule, Assert.Throws<PyTorchZipException>(() => PyTorchZipFile.Open(file.Path)).Rule);
    }
}
