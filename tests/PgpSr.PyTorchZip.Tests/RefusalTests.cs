using System.Text;

namespace PgpSr.PyTorchZip.Tests;

public sealed class RefusalTests
{
    static readonly byte[] s_forty = new byte[40];

    [Theory]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("os", "popen")]
    [InlineData("torch", "load")]
    [InlineData("torch.storage", "_load_from_bytes")]
    [InlineData("torch.nn.modules.linear", "Linear")]
    [InlineData("torch._utils", "_rebuild_sparse_tensor")]
    [InlineData("numpy.core.multiarray", "_reconstruct")]
    [InlineData("torch", "QUInt8Storage")]
    [InlineData("collections", "OrderedDict ")]
    [InlineData("", "")]
    public void A_global_that_is_not_on_the_list_is_refused_by_its_name(string module, string name)
    {
        var pickle = PickleWriter.Single("a", w => w.Global(module, name).Text("true").Op(0x85).Op('R'));
        Assert.Equal($"{module}.{name}", Refused(pickle, PyTorchZipRule.GlobalRefused).Culprit);
        var stacked = PickleWriter.Single("a", w => w.Text(module).Text(name).Op(0x93));
        Assert.Equal($"{module}.{name}", Refused(stacked, PyTorchZipRule.GlobalRefused).Culprit);
    }

    [Fact]
    public void A_name_may_be_a_key_and_nothing_else()
    {
        const string name = "trainer.callbacks.ModelCheckpoint";
        PickleWriter Class(PickleWriter w) => w.Global("trainer.callbacks", "ModelCheckpoint");
        // {"callbacks": {ModelCheckpoint: {"best": 1.5}}, "a": tensor}: what a training framework writes beside the weights.
        var writer = new PickleWriter().Op('}').Op('(').Text("callbacks").Op('}');
        Class(writer).Op('}').Text("best").Double(1.5).Op('s').Op('s').Text("a").Tensor("FloatStorage", "0", 10, 0, [10], [1]);
        var pickle = writer.Op('u').Stop();
        using (var file = new TemporaryFile(ZipWriter.Checkpoint(pickle, ("data/0", s_forty))))
        using (var checkpoint = PyTorchZipFile.Open(file.Path))
            Assert.Equal(["a F32 [10]"], checkpoint.Tensors.Select(t => t.ToString()));

        // Called with anything, given a state, kept as a value, in a list, in a tuple, taken for a storage or a number type.
        Action<PickleWriter>[] uses =
        [
            w => Class(w).Op(')').Op('R'),
            w => Class(w).Op('}').Op(0x85).Op('R'),
            w => Class(w),
            w => Class(w.Op(']')).Op('a'),
            w => Class(w).Op(0x85),
        ];
        foreach (var use in uses) Assert.Equal(name, Refused(PickleWriter.Single("a", use), PyTorchZipRule.GlobalRefused).Culprit);
        Refused(PickleWriter.Single("a", w => Class(w).Op('}').Op('b')), PyTorchZipRule.OpcodeRefused);
        var storage = PickleWriter.Single("a", w => Class(w.Op('(').Text("storage")).Text("0").Text("cpu").Long(10).Op('t').Op('Q'));
        Refused(storage, PyTorchZipRule.StorageInvalid);
        // A key of its own sort: it is no string that could stand for a tensor's name by chance.
        var twice = new PickleWriter().Op('}').Op('(');
        Class(twice).Tensor("FloatStorage", "0", 10, 0, [10], [1]).Text(name).Tensor("FloatStorage", "0", 10, 0, [10], [1]);
        Refused(twice.Op('u').Stop(), PyTorchZipRule.KeyInvalid);
        Refused(new PickleWriter().Op('}').Global("m", new string('x', 2000)).Long(1).Op('s').Stop(), PyTorchZipRule.KeyInvalid);
    }

    [Fact]
    public void Every_opcode_but_the_few_that_are_needed_is_refused_by_its_name()
    {
        // What Step knows, as the format's description numbers it; everything else must be refused.
        byte[] known =
        [
            .. ".(NKMJGX)t]ae}suqrhjcQRb"u8, 0x80, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x93, 0x94, 0x95,
        ];
        for (var opcode = 0; opcode < 256; opcode++)
        {
            if (known.Contains((byte)opcode)) continue;
            var error = Refused(new PickleWriter().Op('}').Op(opcode, 1, 2, 3, 4, 5, 6, 7, 8).Stop(), PyTorchZipRule.OpcodeRefused);
            Assert.Contains("byte 3", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal("INST", Refused(new PickleWriter().Op('i').Stop(), PyTorchZipRule.OpcodeRefused).Culprit);
        Assert.Equal("NEWOBJ", Refused(new PickleWriter().Op(0x81).Stop(), PyTorchZipRule.OpcodeRefused).Culprit);
        Assert.Equal("0xff", Refused(new PickleWriter().Op(0xff).Stop(), PyTorchZipRule.OpcodeRefused).Culprit);
    }

    [Fact]
    public void Known_functions_are_refused_with_other_arguments_than_theirs()
    {
        Refused(PickleWriter.Single("a", w => w.Global("collections", "OrderedDict").Text("x").Op(0x85).Op('R')), PyTorchZipRule.CallRefused);
        Refused(PickleWriter.Single("a", w => w.Global("torch", "Size").Text("x").Op(0x85).Op('R')), PyTorchZipRule.CallRefused);
        Refused(PickleWriter.Single("a", w => w.Global("torch", "FloatStorage").Op(')').Op('R')), PyTorchZipRule.CallRefused);
        Refused(PickleWriter.Single("a", w => w.Global("torch._utils", "_rebuild_tensor_v2").Op(')').Op('R')), PyTorchZipRule.CallRefused);
        Refused(PickleWriter.Single("a", w => w.Global("torch._utils", "_rebuild_parameter").Long(1).Op(0x85).Op('R')), PyTorchZipRule.CallRefused);
        // A lazily conjugated view: its bytes are not its values.
        var conjugated = PickleWriter.Single("a", w =>
        {
            w.Global("torch._utils", "_rebuild_tensor_v2").Op('(').Storage("FloatStorage", "0", 10).Long(0).Tuple(1).Tuple(1).Op(0x89).Op('N');
            w.Op('}').Text("conj").Op(0x88).Op('s').Op('t').Op('R');
        });
        Refused(conjugated, PyTorchZipRule.CallRefused);
        var deep = new long[65];
        Refused(PickleWriter.Single("a", w => w.Tensor("FloatStorage", "0", 10, 0, deep, deep)), PyTorchZipRule.CallRefused);
        Refused(PickleWriter.Single("a", w => w.Text("x").Op('N').Op('b')), PyTorchZipRule.OpcodeRefused);
    }

    [Theory]
    [InlineData(10, 0, new long[] { 11 }, new long[] { 1 }, PyTorchZipRule.TensorInvalid)]
    [InlineData(10, 9, new long[] { 2 }, new long[] { 1 }, PyTorchZipRule.TensorInvalid)]
    [InlineData(10, 11, new long[] { 1 }, new long[] { 1 }, PyTorchZipRule.TensorInvalid)]
    [InlineData(10, -1, new long[] { 1 }, new long[] { 1 }, PyTorchZipRule.TensorInvalid)]
    [InlineData(10, 0, new long[] { -1 }, new long[] { 1 }, PyTorchZipRule.TensorInvalid)]
    [InlineData(10, 0, new long[] { 2 }, new long[] { }, PyTorchZipRule.TensorInvalid)]
    [InlineData(10, 0, new long[] { long.MaxValue, 3 }, new long[] { 3, 1 }, PyTorchZipRule.TensorInvalid)]
    [InlineData(10, long.MaxValue, new long[] { 1 }, new long[] { 1 }, PyTorchZipRule.TensorInvalid)]
    [InlineData(10, 0, new long[] { 2, 3 }, new long[] { 1, 2 }, PyTorchZipRule.TensorNotContiguous)]
    [InlineData(10, 0, new long[] { 3 }, new long[] { 2 }, PyTorchZipRule.TensorNotContiguous)]
    [InlineData(10, 0, new long[] { 3 }, new long[] { 0 }, PyTorchZipRule.TensorNotContiguous)]
    [InlineData(9, 0, new long[] { 1 }, new long[] { 1 }, PyTorchZipRule.StorageInvalid)]
    [InlineData(11, 0, new long[] { 1 }, new long[] { 1 }, PyTorchZipRule.StorageInvalid)]
    [InlineData(long.MaxValue, 0, new long[] { 1 }, new long[] { 1 }, PyTorchZipRule.TensorInvalid)]
    [InlineData(-1, 0, new long[] { 1 }, new long[] { 1 }, PyTorchZipRule.StorageInvalid)]
    public void A_tensor_that_does_not_lie_contiguously_in_its_storage_is_refused(
        long count, long offset, long[] shape, long[] strides, PyTorchZipRule rule) =>
        Refused(PickleWriter.Single("a", w => w.Tensor("FloatStorage", "0", count, offset, shape, strides)), rule);

    [Fact]
    public void Pickles_that_do_not_add_up_are_refused()
    {
        byte[][] pickles =
        [
            [],
            [0x80],
            [0x80, 1, (byte)'}', (byte)'.'],
            [0x80, 6],
            new PickleWriter().Stop(),
            new PickleWriter().Op('t').Stop(),
            new PickleWriter().Op('(').Stop(),
            new PickleWriter().Op('}').Op('(').Op('s').Stop(),
            new PickleWriter().Op('}').Op('(').Text("a").Op('u').Stop(),
            new PickleWriter().Op('h', 3).Stop(),
            new PickleWriter().Op(']').Text("a").Long(1).Op('s').Stop(),
            new PickleWriter().Op('}').Text("a").Op('a').Stop(),
            new PickleWriter().Op('R').Stop(),
            new PickleWriter().Text("a").Op(')').Op('R').Stop(),
            new PickleWriter().Op('X', 255, 255, 255, 255).Stop(),
            new PickleWriter().Op('X', 0, 0, 0, 64).Stop(),
            new PickleWriter().Op('X', 1, 0, 0, 0, 0xff).Stop(),
            new PickleWriter().Op(0x8a, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9).Stop(),
            new PickleWriter().Op('c', 65, 66).Stop(),
            new PickleWriter().Op('K', 1).Op('K', 1).Op(0x93).Stop(),
            new PickleWriter().Op('q', 1).Stop(),
        ];
        foreach (var pickle in pickles) Refused(pickle, PyTorchZipRule.PickleMalformed);
    }

    [Fact]
    public void Names_that_lead_nowhere_or_twice_are_refused()
    {
        Refused(new PickleWriter().Long(1).Stop(), PyTorchZipRule.KeyInvalid);
        Refused(new PickleWriter().Op('}').Double(1).Long(1).Op('s').Stop(), PyTorchZipRule.KeyInvalid);
        Refused(PickleWriter.Single(new string('a', 2000), w => w.Long(1)), PyTorchZipRule.KeyInvalid);
        var both = new PickleWriter().Op('}').Op('(');
        both.Text("1").Tensor("FloatStorage", "0", 10, 0, [1], [1]);
        both.Long(1).Tensor("FloatStorage", "0", 10, 0, [1], [1]);
        Assert.Equal("1", Refused(both.Op('u').Stop(), PyTorchZipRule.KeyInvalid).Culprit);
    }

    [Fact]
    public void Containers_that_hold_themselves_or_each_other_many_times_end()
    {
        Refused(new PickleWriter().Op(']').Op('q', 0).Op('h', 0).Op('a').Stop(), PyTorchZipRule.TooDeep);
        // Thirty lists, each holding the one before ten times: 10^30 items to walk.
        var doubling = new PickleWriter().Op(']').Op('q', 0);
        for (byte level = 1; level <= 30; level++)
        {
            doubling.Op(']').Op('(');
            for (var i = 0; i < 10; i++) doubling.Op('h', (byte)(level - 1));
            doubling.Op('e').Op('q', level);
        }

        Refused(doubling.Stop(), PyTorchZipRule.TooDeep);

        // One tensor that a list recalls 200,000 times, each time by a name of a thousand characters.
        var names = new PickleWriter().Op('}').Text(new string('a', 1000));
        names.Op(']').Op('(').Tensor("FloatStorage", "0", 10, 0, [1], [1]).Op('q', 0);
        for (var i = 0; i < 200_000; i++) names.Op('h', 0);
        Refused(names.Op('e').Op('s').Stop(), PyTorchZipRule.TooDeep);
    }

    [Fact]
    public void Other_files_are_told_apart()
    {
        RefusedFile([], PyTorchZipRule.NotZip);
        RefusedFile("PK"u8.ToArray(), PyTorchZipRule.NotZip);
        RefusedFile(Encoding.ASCII.GetBytes("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), PyTorchZipRule.GitLfsPointer);
        RefusedFile(new PickleWriter().Op('}').Stop(), PyTorchZipRule.LegacyPickle);
        RefusedFile(LegacyWriter.Magic, PyTorchZipRule.PickleMalformed);
        using var stream = new MemoryStream();
        new ZipWriter(stream).Finish();
        RefusedFile(stream.ToArray(), PyTorchZipRule.EntryMissing);
    }

    [Fact]
    public void Archives_that_lack_or_double_or_compress_an_entry_are_refused()
    {
        var pickle = PickleWriter.Single("a", w => w.Tensor("FloatStorage", "0", 10, 0, [10], [1]));
        Assert.Equal("archive/data/0", RefusedFile(ZipWriter.Checkpoint(pickle), PyTorchZipRule.EntryMissing).Culprit);
        RefusedFile(ZipWriter.Checkpoint(pickle, ("data/0", s_forty), ("data/0", s_forty)), PyTorchZipRule.EntryMissing);
        RefusedFile(ZipWriter.Checkpoint(pickle, ("data/0", s_forty), ("byteorder", "big"u8.ToArray())), PyTorchZipRule.BigEndian);
        RefusedFile(ZipWriter.Checkpoint(new byte[(8 << 20) + 1]), PyTorchZipRule.PickleTooLarge);
        foreach (var (method, flags) in new[] { (8, 0), (0, 1) })
        {
            using var stream = new MemoryStream();
            var zip = new ZipWriter(stream, method: (ushort)method, flags: (ushort)flags);
            zip.Add("archive/data.pkl", pickle);
            zip.Finish();
            RefusedFile(stream.ToArray(), PyTorchZipRule.EntryInvalid);
        }

        using var two = new MemoryStream();
        var twice = new ZipWriter(two);
        twice.Add("a/data.pkl", pickle);
        twice.Add("b/data.pkl", pickle);
        twice.Finish();
        RefusedFile(two.ToArray(), PyTorchZipRule.EntryMissing);
    }

    [Fact]
    public void Requests_for_what_is_not_there_are_refused()
    {
        var bytes = ZipWriter.Checkpoint(PickleWriter.Single("a", w => w.Tensor("FloatStorage", "0", 10, 0, [10], [1])), ("data/0", s_forty));
        using var file = new TemporaryFile(bytes);
        using var checkpoint = PyTorchZipFile.Open(file.Path);
        using var other = PyTorchZipFile.Open(file.Path);
        Assert.Equal(PyTorchZipRule.TensorNotFound, Assert.Throws<PyTorchZipException>(() => checkpoint["b"]).Rule);
        Assert.False(checkpoint.TryGet("b", out _));
        Assert.True(checkpoint.TryGet("a", out _));
        Assert.Throws<ArgumentException>(() => checkpoint.Read(other["a"], 0, new byte[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => checkpoint.Read(checkpoint["a"], 0, new byte[41]));
        Assert.Throws<ArgumentOutOfRangeException>(() => checkpoint.Read(checkpoint["a"], -1, new byte[1]));
    }

    static PyTorchZipException Refused(byte[] pickle, PyTorchZipRule rule) => RefusedFile(ZipWriter.Checkpoint(pickle, ("data/0", s_forty)), rule);

    static PyTorchZipException RefusedFile(byte[] bytes, PyTorchZipRule rule)
    {
        using var file = new TemporaryFile(bytes);
        var error = Assert.Throws<PyTorchZipException>(() => PyTorchZipFile.Open(file.Path));
        Assert.Equal(rule, error.Rule);
        Assert.Equal(file.Path, error.File);
        // The file was closed: it opens exclusively.
        using var exclusive = new FileStream(file.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        return error;
    }
}
