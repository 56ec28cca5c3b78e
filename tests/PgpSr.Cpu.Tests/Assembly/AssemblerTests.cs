using Iced.Intel;

namespace PgpSr.Cpu.Tests;

/// <summary>What the encoder writes, read by a disassembler that is not ours.</summary>
public sealed class AssemblerTests
{
    [Fact]
    public void General_instructions_are_what_they_say() => Check(
        code =>
        {
            code.Move(Register.Rcx, Register.Rdi);
            code.Move(Register.R9, Register.Rax);
            code.Move(Register.Rax, new MemoryOperand(Register.Rcx));
            code.Move(Register.R11, new MemoryOperand(Register.Rcx, 24));
            code.Move(new MemoryOperand(Register.R12, 8), Register.R10);
            code.Move(new MemoryOperand(Register.R13), Register.Rdx);
            code.Move(new MemoryOperand(Register.Rbp, 1000), Register.R15);
            code.Move(Register.R11, 256);
            code.Move(Register.Rax, -5);
            code.LoadAddress(Register.Rdx, new MemoryOperand(Register.R8, 0, Register.R8, 2));
            code.LoadAddress(Register.R10, new MemoryOperand(Register.Rsp, -129, Register.R9, 8));
            code.Add(Register.Rdx, Register.R8);
            code.Add(Register.R10, -1);
            code.Add(Register.Rax, 4096);
            code.ShiftLeft(Register.R8, 5);
            code.Test(Register.R10);
            code.SystemCall();
            code.Return();
        },
        "mov rcx,rdi", "mov r9,rax", "mov rax,[rcx]", "mov r11,[rcx+18h]", "mov [r12+8],r10", "mov [r13],rdx", "mov [rbp+3E8h],r15", "mov r11,100h",
        "mov rax,0FFFFFFFFFFFFFFFBh", "lea rdx,[r8+r8*2]", "lea r10,[rsp+r9*8-81h]", "add rdx,r8", "add r10,0FFFFFFFFFFFFFFFFh", "add rax,1000h",
        "shl r8,5", "test r10,r10", "syscall", "ret");

    [Fact]
    public void Vector_instructions_are_what_they_say() => Check(
        code =>
        {
            code.LoadVector(0, new MemoryOperand(Register.Rax));
            code.LoadVector(31, new MemoryOperand(Register.R9, 64 * 127));
            code.LoadVector(17, new MemoryOperand(Register.R9, 64 * 128));
            code.LoadVector(8, new MemoryOperand(Register.R12, 1));
            code.StoreVector(new MemoryOperand(Register.R11, -64 * 128), 23);
            code.StoreLowVector(new MemoryOperand(Register.Rcx, 64), 6);
            code.LoadLowVector(15, new MemoryOperand(Register.Rcx, 208));
            code.ZeroVector(0);
            code.ZeroVector(29);
            code.Broadcast(28, new MemoryOperand(Register.Rax, 12));
            code.Broadcast(3, new MemoryOperand(Register.Rdx, 4, Register.R8, 2));
            code.PairProduct(0, 28, 24);
            code.PairProduct(23, 31, 27);
            code.PairProduct(12, 5, 9);
            code.ZeroUpper();
        },
        "vmovups zmm0,[rax]", "vmovups zmm31,[r9+1FC0h]", "vmovups zmm17,[r9+2000h]", "vmovups zmm8,[r12+1]", "vmovups [r11-2000h],zmm23",
        "vmovups [rcx+40h],xmm6", "vmovups xmm15,[rcx+0D0h]", "vpxord zmm0,zmm0,zmm0", "vpxord zmm29,zmm29,zmm29", "vpbroadcastd zmm28,[rax+0Ch]",
        "vpbroadcastd zmm3,[rdx+r8*2+4]", "vdpbf16ps zmm0,zmm28,zmm24", "vdpbf16ps zmm23,zmm31,zmm27", "vdpbf16ps zmm12,zmm5,zmm9", "vzeroupper");

    [Fact]
    public void Tile_instructions_are_what_they_say() => Check(
        code =>
        {
            code.ReleaseTiles();
            code.ZeroTile(0);
            code.ZeroTile(7);
            code.LoadTile(4, new MemoryOperand(Register.Rax, 0, Register.R8));
            code.LoadTile(6, new MemoryOperand(Register.R9, 64, Register.R11));
            code.StoreTile(new MemoryOperand(Register.R9, 4096, Register.R11), 3);
            code.TileProduct(0, 4, 6);
            code.TileProduct(3, 5, 7);
        },
        "tilerelease", "tilezero tmm0", "tilezero tmm7", "tileloadd tmm4,[rax+r8]", "tileloadd tmm6,[r9+r11+40h]", "tilestored [r9+r11+1000h],tmm3",
        "tdpbf16ps tmm0,tmm4,tmm6", "tdpbf16ps tmm3,tmm5,tmm7");

    [Fact]
    public void Jumps_and_places_go_where_their_labels_are()
    {
        var code = new Assembler();
        int back = code.NewLabel(), forward = code.NewLabel(), data = code.NewLabel();
        code.Bind(back);
        code.ConfigureTiles(data);
        code.JumpIfZero(forward);
        code.JumpIfNotZero(back);
        code.Bind(forward);
        int end = code.Length;
        code.Return();
        code.Align(64);
        code.Bind(data);
        Assert.Equal(64, code.Length);
        var decoded = Decode(code.ToArray());
        Assert.Equal(Mnemonic.Ldtilecfg, decoded[0].Mnemonic);
        Assert.Equal(64ul, decoded[0].IPRelativeMemoryAddress);
        Assert.Equal((ulong)end, decoded[1].NearBranchTarget);
        Assert.Equal(0ul, decoded[2].NearBranchTarget);
        Assert.Equal(Code.Nopd, decoded[4].Code);
    }

    [Fact]
    public void A_label_without_a_place_is_an_error()
    {
        var code = new Assembler();
        code.JumpIfZero(code.NewLabel());
        Assert.Throws<InvalidOperationException>(code.ToArray);
    }

    internal static List<Instruction> Decode(byte[] code)
    {
        var decoder = Decoder.Create(64, code);
        var instructions = new List<Instruction>();
        while (decoder.IP < (ulong)code.Length) instructions.Add(decoder.Decode());
        return instructions;
    }

    static void Check(Action<Assembler> write, params string[] expected)
    {
        var code = new Assembler();
        write(code);
        var formatter = new NasmFormatter();
        formatter.Options.MemorySizeOptions = MemorySizeOptions.Never;
        Assert.Equal(expected, Decode(code.ToArray()).Select(instruction =>
        {
            var text = new StringOutput();
            formatter.Format(instruction, text);
            return text.ToString();
        }));
    }
}
