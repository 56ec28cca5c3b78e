using System.Buffers.Binary;
using System.Text;

namespace PgpSr.Safetensors.Tests;

public sealed class HeaderTests
{
    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}x""", SafetensorsRule.HeaderNotJson)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},}""", SafetensorsRule.HeaderNotJson)]
    [InlineData("""{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}""", SafetensorsRule.HeaderNotJson)]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", SafetensorsRule.HeaderNotJson)]
    [InlineData("""{/**/"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", SafetensorsRule.HeaderNotJson)]
    [InlineData(""" {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", SafetensorsRule.HeaderNotObject)]
    [InlineData("", SafetensorsRule.HeaderNotObject)]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}""",
        SafetensorsRule.DuplicateKey)]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", SafetensorsRule.DuplicateKey)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}""", SafetensorsRule.DuplicateKey)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"data_offsets":[0,4]}}""", SafetensorsRule.DuplicateKey)]
    [InlineData("""{"__metadata__":{"a":"b","a":"b"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", SafetensorsRule.DuplicateKey)]
    [InlineData("""{"__metadata__":{},"__metadata__":{},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", SafetensorsRule.DuplicateKey)]
    [InlineData("""{"__metadata__":[],"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", SafetensorsRule.MetadataNotStrings)]
    [InlineData("""{"__metadata__":{"a":null},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", SafetensorsRule.MetadataNotStrings)]
    [InlineData("""{"a":["F32",[1],[0,4]]}""", SafetensorsRule.TensorNotObject)]
    [InlineData("""{"a":{"shape":[1],"data_offsets":[0,4]}}""", SafetensorsRule.FieldMissing)]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,4]}}""", SafetensorsRule.FieldMissing)]
    [InlineData("""{"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}""", SafetensorsRule.DTypeUnknown)]
    [InlineData("""{"a":{"dtype":5,"shape":[1],"data_offsets":[0,4]}}""", SafetensorsRule.DTypeUnknown)]
    [InlineData("""{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", SafetensorsRule.ShapeInvalid)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}""", SafetensorsRule.ShapeInvalid)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}}""", SafetensorsRule.ShapeInvalid)]
    [InlineData("""{"a":{"dtype":"F32","shape":[-0],"data_offsets":[0,4]}}""", SafetensorsRule.ShapeInvalid)]
    [InlineData("""{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", SafetensorsRule.ShapeInvalid)]
    [InlineData("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}""", SafetensorsRule.ShapeOverflow)]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,4]}}""", SafetensorsRule.ShapeOverflow)]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,4]}}""", SafetensorsRule.ShapeOverflow)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", SafetensorsRule.OffsetsInvalid)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}""", SafetensorsRule.OffsetsInvalid)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", SafetensorsRule.OffsetsInvalid)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,99999999999999999999]}}""", SafetensorsRule.OffsetsInvalid)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":{"0":4}}}""", SafetensorsRule.OffsetsInvalid)]
    [InlineData("""{"a":{"dtype":"F32","shape":[2305843009213693951],"data_offsets":[0,9223372036854775804]}}""", SafetensorsRule.ShapeOverflow)]
    [InlineData("""{"a":{"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}}""", SafetensorsRule.ShapeOverflow)]
    [InlineData("""{"a":{"dtype":"F4","shape":[9],"data_offsets":[0,4]}}""", SafetensorsRule.SubByteMisaligned)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}""", SafetensorsRule.OffsetsHole)]
    [InlineData("{}", SafetensorsRule.BodyExtra)]
    public void Each_broken_rule_is_named(string json, SafetensorsRule rule) =>
        Assert.Equal(rule, Assert.Throws<SafetensorsException>(() => Parse(json, bodyLength: 4)).Rule);

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1,1,1],"data_offsets":[0,4]}}    """)]
    [InlineData("{\"a\" : {\n\"data_offsets\":[ 0,4 ],\t\"shape\":[],\r\n\"dtype\":\"\\u0046\\u00332\"}}\n")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"later":{"x":[{}]}}}""")]
    [InlineData("""{"__metadata__":null,"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F4","shape":[2,4],"data_offsets":[0,4]}}""")]
    [InlineData("""
        {"b":{"dtype":"U8","shape":[3],"data_offsets":[1,4]},
         "z":{"dtype":"U8","shape":[0],"data_offsets":[4,4]},
         "a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}
        """)]
    public void What_the_reference_accepts_is_accepted(string json) => Assert.Equal(4, Parse(json, bodyLength: 4).Tensors.Sum(t => t.ByteCount));

    [Fact]
    public void Deep_nesting_is_refused_not_followed()
    {
        var json = $$"""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"later":{{new string('[', 1_000_000)}}""";
        Assert.Equal(SafetensorsRule.HeaderNotJson, Assert.Throws<SafetensorsException>(() => Parse(json, bodyLength: 4)).Rule);
    }

    [Fact]
    public void A_git_lfs_pointer_has_a_message_of_its_own()
    {
        using var folder = new TemporaryFolder();
        const string Pointer = """
            version https://git-lfs.github.com/spec/v1
            oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
            size 12345

            """;
        File.WriteAllText(folder["model.safetensors"], Pointer);
        var error = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(folder["model.safetensors"]));
        Assert.Equal(SafetensorsRule.GitLfsPointer, error.Rule);
        Assert.Contains("git lfs pull", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_file_is_closed()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["bad.safetensors"], FileOf("{]", bodyLength: 100));
        Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(folder["bad.safetensors"]));
        using var exclusive = new FileStream(folder["bad.safetensors"], FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    internal static byte[] FileOf(string json, int bodyLength)
    {
        var utf8 = Encoding.UTF8.GetBytes(json);
        var file = new byte[8 + utf8.Length + bodyLength];
        BinaryPrimitives.WriteInt64LittleEndian(file, utf8.Length);
        utf8.CopyTo(file, 8);
        return file;
    }

    static SafetensorsHeader Parse(string json, int bodyLength) => SafetensorsHeader.Parse(FileOf(json, bodyLength), "memory");
}
