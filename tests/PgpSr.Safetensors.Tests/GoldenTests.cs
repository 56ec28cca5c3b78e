namespace PgpSr.Safetensors.Tests;

public sealed class GoldenTests
{
    // The rule that each file of the published set breaks, and the tensor where one is at fault.
    static readonly Dictionary<string, (SafetensorsRule Rule, string? Tensor)> s_expected = new()
    {
        ["bad_bad_utf8"] = (SafetensorsRule.HeaderNotUtf8, null),
        ["bad_duplicate_key"] = (SafetensorsRule.DuplicateKey, "a"),
        ["bad_empty"] = (SafetensorsRule.FileTooSmall, null),
        ["bad_extra_body"] = (SafetensorsRule.BodyExtra, null),
        ["bad_fractional_dim"] = (SafetensorsRule.ShapeInvalid, "a"),
        ["bad_header_length_huge"] = (SafetensorsRule.HeaderTooLarge, null),
        ["bad_header_length_over_100mb"] = (SafetensorsRule.HeaderTooLarge, null),
        ["bad_header_length_past_end"] = (SafetensorsRule.HeaderPastEnd, null),
        ["bad_hole"] = (SafetensorsRule.OffsetsHole, "b"),
        ["bad_metadata_not_strings"] = (SafetensorsRule.MetadataNotStrings, null),
        ["bad_missing_offsets"] = (SafetensorsRule.FieldMissing, "a"),
        ["bad_negative_dim"] = (SafetensorsRule.ShapeInvalid, "a"),
        ["bad_not_json"] = (SafetensorsRule.HeaderNotJson, null),
        ["bad_not_object"] = (SafetensorsRule.HeaderNotObject, null),
        ["bad_overlap"] = (SafetensorsRule.OffsetsOverlap, "b"),
        ["bad_reversed_offsets"] = (SafetensorsRule.OffsetsReversed, "a"),
        ["bad_seven_bytes"] = (SafetensorsRule.FileTooSmall, null),
        ["bad_shape_overflow"] = (SafetensorsRule.ShapeOverflow, "a"),
        ["bad_size_mismatch"] = (SafetensorsRule.SizeMismatch, "a"),
        ["bad_truncated_body"] = (SafetensorsRule.BodyTruncated, "a"),
        ["bad_unknown_dtype"] = (SafetensorsRule.DTypeUnknown, "a"),
    };

    public static TheoryData<string> BadFiles() => Listed("bad_*.safetensors");

    public static TheoryData<string> DTypeFiles() => Listed("all_dtypes*.safetensors");

    [Theory]
    [MemberData(nameof(BadFiles))]
    public void A_file_that_breaks_a_rule_is_refused_by_that_rule(string path)
    {
        SkipWhereAbsent(path);
        var error = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(path).Dispose());
        Assert.Equal(path, error.File);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        if (!s_expected.TryGetValue(Path.GetFileNameWithoutExtension(path), out var expected)) return;
        Assert.Equal(expected.Rule, error.Rule);
        // A key without its value is JSON cut short: the tensor it was about to describe is known by name.
        if (expected.Rule != SafetensorsRule.HeaderNotJson) Assert.Equal(expected.Tensor, error.Tensor);
    }

    [Theory]
    [MemberData(nameof(DTypeFiles))]
    public void Every_published_file_of_dtypes_opens_and_widens(string path)
    {
        SkipWhereAbsent(path);
        using var file = SafetensorsFile.Open(path);
        Assert.NotEmpty(file.Tensors);
        foreach (var entry in file.Tensors)
        {
            var values = file.ReadSingles(entry);
            Assert.Equal(entry.ElementCount, values.Length);
            Assert.Equal(entry.ByteCount, file.Bytes(entry).Length);
        }
    }

    [Fact]
    public void Narrow_floats_widen_to_the_published_values_bit_by_bit()
    {
        var path = Goldens.Files("all_dtypes.safetensors").FirstOrDefault() ?? "none";
        SkipWhereAbsent(path);
        using var narrow = SafetensorsFile.Open(path);
        using var wide = SafetensorsFile.Open(path.Replace("all_dtypes", "all_dtypes_as_f32", StringComparison.Ordinal));
        Assert.Equal(4, wide.Tensors.Length);
        foreach (var expected in wide.Tensors)
        {
            var name = expected.Name[..^"_as_f32".Length];
            Assert.Equal(expected.Shape, narrow[name].Shape);
            var expectedBits = wide.ReadSingles(expected).Select(BitConverter.SingleToUInt32Bits);
            Assert.Equal(expectedBits, narrow.ReadSingles(name).Select(BitConverter.SingleToUInt32Bits));
        }
    }

    [Fact]
    public void The_published_file_of_dtypes_keeps_names_shapes_and_metadata()
    {
        var path = Goldens.Files("all_dtypes.safetensors").FirstOrDefault() ?? "none";
        SkipWhereAbsent(path);
        using var file = SafetensorsFile.Open(path);
        Assert.Equal([new("format", "pt"), new("näme", "vålue")], file.Metadata);
        Assert.Equal(15, file.Tensors.Length);
        var dtypes = string.Join(' ', file.Tensors.Select(t => t.DType.Name()));
        Assert.Equal("I64 F64 F32 F32 F32 F32 I32 BF16 F16 I16 F8_E4M3 F8_E5M2 I8 U8 BOOL", dtypes);
        Assert.Equal([0L, 5L], file["empty"].Shape);
        Assert.Empty(file.ReadSingles("empty"));
        Assert.Empty(file["scalar"].Shape);
        Assert.Single(file.ReadSingles("scalar"));
        Assert.Equal([3L, 4L], file["ünïcode.名前"].Shape);
        Assert.True(file.TryGet("i16", out var entry));
        Assert.Equal("i16 I16 [2, 3, 4]", entry.ToString());
        Assert.False(file.TryGet("I16", out _));
        Assert.Equal(SafetensorsRule.TensorNotFound, Assert.Throws<SafetensorsException>(() => file["I16"]).Rule);
    }

    static TheoryData<string> Listed(string pattern)
    {
        var files = Goldens.Files(pattern).ToArray();
        // A theory without data would fail without saying why.
        return files.Length > 0 ? [.. files] : [pattern];
    }

    // PGPSR_GOLDENS may name folders that hold only cases of other kinds; the repository's own folder must hold these.
    static void SkipWhereAbsent(string path)
    {
        if (File.Exists(path)) return;
        Assert.False(string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PGPSR_GOLDENS")), "tests/goldens/safetensors holds no such file");
        Assert.Skip("no folder that PGPSR_GOLDENS names has a subfolder 'safetensors' with this kind of file");
    }
}
