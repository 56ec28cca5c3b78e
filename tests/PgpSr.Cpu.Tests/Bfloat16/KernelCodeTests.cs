using Iced.Intel;
using Code = Iced.Intel.Code;

namespace PgpSr.Cpu.Tests;

/// <summary>The assembled kernels as a disassembler sees them, for both calling conventions, wherever the tests run.</summary>
public sealed class KernelCodeTests
{
    static readonly Iced.Intel.Register[] s_free =
    [
        Iced.Intel.Register.RAX, Iced.Intel.Register.RCX, Iced.Intel.Register.RDX, Iced.Intel.Register.R8, Iced.Intel.Register.R9,
        Iced.Intel.Register.R10, Iced.Intel.Register.R11,
    ];

    public static TheoryData<bool, bool> Kinds => new() { { false, false }, { false, true }, { true, false }, { true, true } };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kernel_is_valid_code_that_leaves_its_callers_registers_alone(bool tiles, bool windows)
    {
        var convention = windows ? CallingConvention.Windows : CallingConvention.SystemV;
        byte[] bytes = Bfloat16Kernels.Assemble(tiles, convention, out int[] entries);
        Assert.Equal(Bfloat16Kernels.PanelVectors, entries.Length);
        for (int kernel = 0; kernel < entries.Length; kernel++)
        {
            Assert.Equal(0, entries[kernel] % 64);
            var code = AssemblerTests.Decode(bytes[entries[kernel]..]).TakeWhile(i => i.Mnemonic != Mnemonic.Ret).ToList();
            Assert.DoesNotContain(code, i => i.Code == Code.INVALID);
            Check(code, windows);
        }
    }

    static void Check(List<Instruction> code, bool windows)
    {
        var saved = new HashSet<Iced.Intel.Register>();
        var restored = new HashSet<Iced.Intel.Register>();
        var factory = new InstructionInfoFactory();
        var owned = Enumerable.Range((int)Iced.Intel.Register.XMM6, 10).Select(r => (Iced.Intel.Register)r).ToHashSet();
        var written = new HashSet<Iced.Intel.Register>();
        foreach (var instruction in code)
        {
            bool low = instruction.Code is Code.EVEX_Vmovups_xmmm128_k1z_xmm or Code.EVEX_Vmovups_xmm_k1z_xmmm128;
            if (instruction.Code == Code.EVEX_Vmovups_xmmm128_k1z_xmm) saved.Add(instruction.Op1Register);
            if (instruction.Code == Code.EVEX_Vmovups_xmm_k1z_xmmm128) restored.Add(instruction.Op0Register);
            foreach (var used in factory.GetInfo(instruction).GetUsedRegisters())
            {
                if (used.Access is not (OpAccess.Write or OpAccess.ReadWrite or OpAccess.CondWrite)) continue;
                if (used.Register.IsGPR()) Assert.Contains(used.Register.GetFullRegister(), s_free);
                else if (used.Register.IsVectorRegister() && !low && instruction.Mnemonic != Mnemonic.Vzeroupper)
                    written.Add(Iced.Intel.Register.XMM0 + used.Register.GetNumber());
            }
        }
        if (windows) Assert.Subset(saved, written.Where(owned.Contains).ToHashSet());
        else Assert.Empty(saved);
        Assert.Equal(saved, restored);
    }
}
