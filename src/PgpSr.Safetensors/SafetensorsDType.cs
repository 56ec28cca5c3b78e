namespace PgpSr.Safetensors;

/// <summary>
/// The element types of the format, in the order of the reference implementation (increasing alignment), which is also the order
/// that a writer sorts by, backwards.
/// </summary>
public enum SafetensorsDType
{
    /// <summary><c>BOOL</c>: one byte, 0 or 1.</summary>
    Bool,

    /// <summary><c>F4</c>: 4-bit float E2M1, two to a byte.</summary>
    Float4,

    /// <summary><c>F6_E2M3</c>: 6-bit float, four to three bytes.</summary>
    Float6E2M3,

    /// <summary><c>F6_E3M2</c>: 6-bit float, four to three bytes.</summary>
    Float6E3M2,

    /// <summary><c>U8</c>.</summary>
    UInt8,

    /// <summary><c>I8</c>.</summary>
    Int8,

    /// <summary><c>F8_E5M2</c>: OCP 8-bit float with infinities.</summary>
    Float8E5M2,

    /// <summary><c>F8_E4M3</c>: OCP 8-bit float without infinities ("E4M3FN").</summary>
    Float8E4M3,

    /// <summary><c>F8_E8M0</c>: OCP scale, a power of two.</summary>
    Float8E8M0,

    /// <summary><c>F8_E4M3FNUZ</c>: bias 8, no infinities, no negative zero.</summary>
    Float8E4M3Fnuz,

    /// <summary><c>F8_E5M2FNUZ</c>: bias 16, no infinities, no negative zero.</summary>
    Float8E5M2Fnuz,

    /// <summary><c>I16</c>.</summary>
    Int16,

    /// <summary><c>U16</c>.</summary>
    UInt16,

    /// <summary><c>F16</c>: IEEE half precision.</summary>
    Float16,

    /// <summary><c>BF16</c>: the upper half of a single.</summary>
    BFloat16,

    /// <summary><c>I32</c>.</summary>
    Int32,

    /// <summary><c>U32</c>.</summary>
    UInt32,

    /// <summary><c>F32</c>: IEEE single precision.</summary>
    Float32,

    /// <summary><c>C64</c>: two singles, real and imaginary.</summary>
    Complex64,

    /// <summary><c>F64</c>: IEEE double precision.</summary>
    Float64,

    /// <summary><c>I64</c>.</summary>
    Int64,

    /// <summary><c>U64</c>.</summary>
    UInt64,
}
