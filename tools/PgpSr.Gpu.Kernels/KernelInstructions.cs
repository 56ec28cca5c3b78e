using System.Reflection;
using System.Reflection.Emit;
using System.Security.Cryptography;
using System.Text;

namespace PgpSr.Gpu.Kernels;

/// <summary>
/// What a kernel is compiled from: the instructions of every method of the backend that it reaches, with names in place of tokens, which change with code
/// that has nothing to do with it. Compared in a moment, where compiling takes many.
/// </summary>
sealed class KernelInstructions
{
    const BindingFlags All = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    static readonly Dictionary<short, OpCode> s_codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    readonly StringBuilder _text = new();
    readonly HashSet<MemberInfo> _seen = [];
    readonly Queue<MethodBase> _waiting = new();

    /// <summary>The first half of the SHA-256 of a kernel's instructions.</summary>
    public static string Hash(Type kernel)
    {
        var instructions = new KernelInstructions();
        instructions.Reach(kernel);
        instructions.Reach(kernel.GetMethod(nameof(IGroupKernel.Run))!);
        while (instructions._waiting.TryDequeue(out var method)) instructions.Read(method);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(instructions._text.ToString())).AsSpan(0, 16));
    }

    // What belongs to others is named, not read.
    static bool IsOurs(Type? type) => type?.Assembly == typeof(GpuBackend).Assembly;

    void Reach(MethodBase method)
    {
        if (IsOurs(method.DeclaringType) && _seen.Add(method)) _waiting.Enqueue(method);
    }

    // A struct is its fields.
    void Reach(Type type)
    {
        if (!IsOurs(type) || !type.IsValueType || !_seen.Add(type)) return;
        foreach (var field in type.GetFields(All).OrderBy(field => field.MetadataToken))
        {
            _text.Append(type).Append(' ').Append(field).Append('\n');
            Reach(field.FieldType);
        }
    }

    void Read(MethodBase method)
    {
        if (method.GetMethodBody() is not { } body) return;
        _text.Append(method.DeclaringType).Append(' ').Append(method).Append('\n');
        foreach (var local in body.LocalVariables)
        {
            _text.Append(local.LocalType).Append('\n');
            Reach(local.LocalType);
        }
        byte[] bytes = body.GetILAsByteArray()!;
        Type? constrained = null;
        for (int at = 0; at < bytes.Length;)
        {
            short code = bytes[at++];
            if (code == 0xfe) code = (short)(0xfe00 | bytes[at++]);
            var operation = s_codes[code];
            int length = Length(operation.OperandType, bytes, at);
            _text.Append(operation.Name).Append(' ');
            if (operation.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                var member = Resolve(method, BitConverter.ToInt32(bytes, at));
                _text.Append(member.DeclaringType).Append(' ').Append(member);
                if (member is MethodBase called) Reach(called, constrained);
                constrained = operation == OpCodes.Constrained ? (Type)member : null;
            }
            else
            {
                _text.Append(Convert.ToHexString(bytes, at, length));
            }
            _text.Append('\n');
            at += length;
        }
    }

    // A call through an interface goes to the type that it is constrained to.
    void Reach(MethodBase called, Type? constrained)
    {
        if (constrained is null || called.DeclaringType is not { IsInterface: true })
        {
            Reach(called);
            return;
        }
        foreach (var method in constrained.GetMethods(All))
            if (method.Name == called.Name || method.Name.EndsWith("." + called.Name, StringComparison.Ordinal)) Reach(method);
    }

    static MemberInfo Resolve(MethodBase method, int token) => method.Module.ResolveMember(
        token, method.DeclaringType!.GenericTypeArguments, method.IsGenericMethod ? method.GetGenericArguments() : [])!;

    static int Length(OperandType operand, byte[] bytes, int at) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(bytes, at),
        _ => 4,
    };
}
